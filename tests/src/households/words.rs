//! The words of the ten questions and of what people say to them, each in Arabic, French and
//! English. Not here: who says what.

/// What a question takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Single,
    Multiple,
    Number(i64),
    Scale,
    Date,
    Text,
}

/// A question in three languages.
pub(super) struct Asked {
    /// The name of its field in a plain file.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) words: [Words; 3],
}

/// A question in one language; for a scale the options are its two ends.
pub(super) struct Words {
    pub(super) label: &'static str,
    pub(super) options: &'static [&'static str],
}

/// What stands above the questions.
pub(super) struct Title {
    pub(super) title: &'static str,
    pub(super) description: &'static str,
    pub(super) audience: &'static str,
}

/// Parts of sentences.
pub(super) struct Phrases {
    pub(super) wishes: &'static [&'static str],
    pub(super) places: &'static [&'static str],
    pub(super) reasons: &'static [&'static str],
    pub(super) times: &'static [&'static str],
    pub(super) houses: &'static str,
}

const fn ask(label: &'static str, options: &'static [&'static str]) -> Words {
    Words { label, options }
}

pub(super) const FORM: [Title; 3] = [
    Title {
        title: "الماء والطريق والمستوصف",
        description: "نسأل كل بيت قبل أن يقرر المجلس أين يذهب مال هذه السنة.",
        audience: "كل بيت في الناحية",
    },
    Title {
        title: "L’eau, la route et le dispensaire",
        description: "Nous interrogeons chaque foyer avant que le conseil décide du budget de l’année.",
        audience: "Chaque foyer du district",
    },
    Title {
        title: "Water, road and clinic",
        description: "Every household is asked before the council decides where this year's money goes.",
        audience: "Every household of the district",
    },
];

pub(super) const QUESTIONS: [Asked; 10] = [
    Asked {
        name: "water_source",
        kind: Kind::Single,
        words: [
            ask(
                "من أين تأتون بالماء؟",
                &[
                    "بئر المدرسة",
                    "حنفية السوق",
                    "حنفية في البيت",
                    "النهر",
                    "الصهريج",
                    "بئر الجيران",
                ],
            ),
            ask(
                "D’où vient votre eau ?",
                &[
                    "Puits de l’école",
                    "Borne du marché",
                    "Robinet à la maison",
                    "Rivière",
                    "Camion-citerne",
                    "Puits des voisins",
                ],
            ),
            ask(
                "Where does your water come from?",
                &[
                    "School well",
                    "Market tap",
                    "Tap at home",
                    "River",
                    "Tanker",
                    "Neighbours' well",
                ],
            ),
        ],
    },
    Asked {
        name: "household_size",
        kind: Kind::Number(30),
        words: [
            ask("كم شخصًا يعيش في البيت؟", &[]),
            ask("Combien de personnes vivent dans le foyer ?", &[]),
            ask("How many people live in the household?", &[]),
        ],
    },
    Asked {
        name: "minutes_to_water",
        kind: Kind::Number(240),
        words: [
            ask("كم دقيقة تستغرق جلبة الماء ذهابًا وإيابًا؟", &[]),
            ask(
                "Combien de minutes dure un trajet d’eau, aller et retour ?",
                &[],
            ),
            ask(
                "How many minutes does one trip for water take, there and back?",
                &[],
            ),
        ],
    },
    Asked {
        name: "worries",
        kind: Kind::Multiple,
        words: [
            ask(
                "ما الذي يقلقكم أكثر؟ (ثلاثة على الأكثر)",
                &[
                    "نظافة الماء",
                    "انقطاع الماء",
                    "الطريق بعد المطر",
                    "بُعد المستوصف",
                    "غلاء الدواء",
                    "الكهرباء",
                    "النفايات",
                    "الأمان ليلًا",
                ],
            ),
            ask(
                "Qu’est-ce qui vous inquiète le plus ? (trois au plus)",
                &[
                    "Propreté de l’eau",
                    "Coupures d’eau",
                    "Route après la pluie",
                    "Distance du dispensaire",
                    "Prix des médicaments",
                    "Électricité",
                    "Déchets",
                    "Sécurité la nuit",
                ],
            ),
            ask(
                "What worries you most? (three at most)",
                &[
                    "Clean water",
                    "Water cuts",
                    "Road after rain",
                    "Distance to the clinic",
                    "Price of medicine",
                    "Electricity",
                    "Waste",
                    "Safety at night",
                ],
            ),
        ],
    },
    Asked {
        name: "clinic",
        kind: Kind::Scale,
        words: [
            ask("ما رضاكم عن المستوصف؟", &["غير راضين أبدًا", "راضون جدًا"]),
            ask(
                "Êtes-vous satisfaits du dispensaire ?",
                &["Pas du tout", "Tout à fait"],
            ),
            ask(
                "How satisfied are you with the clinic?",
                &["Not at all", "Very"],
            ),
        ],
    },
    Asked {
        name: "fetched_by",
        kind: Kind::Single,
        words: [
            ask(
                "من يجلب الماء غالبًا؟",
                &["النساء", "البنات", "الأولاد", "الرجال", "من كان متفرغًا"],
            ),
            ask(
                "Qui va chercher l’eau le plus souvent ?",
                &[
                    "Les femmes",
                    "Les filles",
                    "Les garçons",
                    "Les hommes",
                    "Qui est libre",
                ],
            ),
            ask(
                "Who fetches the water most often?",
                &["Women", "Girls", "Boys", "Men", "Whoever is free"],
            ),
        ],
    },
    Asked {
        name: "last_cut",
        kind: Kind::Date,
        words: [
            ask("متى انقطع الماء آخر مرة؟", &[]),
            ask("Quand l’eau a-t-elle manqué pour la dernière fois ?", &[]),
            ask("When did the water last run out?", &[]),
        ],
    },
    Asked {
        name: "road_at_night",
        kind: Kind::Scale,
        words: [
            ask("هل الطريق آمن ليلًا؟", &["خطر", "آمن"]),
            ask("La route est-elle sûre la nuit ?", &["Dangereuse", "Sûre"]),
            ask("Is the road safe at night?", &["Dangerous", "Safe"]),
        ],
    },
    Asked {
        name: "first",
        kind: Kind::Text,
        words: [
            ask("ما الذي يجب فعله أولًا؟", &[]),
            ask("Que faut-il faire en premier ?", &[]),
            ask("What should be done first?", &[]),
        ],
    },
    Asked {
        name: "more",
        kind: Kind::Text,
        words: [
            ask("هل تريدون إضافة شيء؟", &[]),
            ask("Voulez-vous ajouter quelque chose ?", &[]),
            ask("Would you like to add anything?", &[]),
        ],
    },
];

pub(super) const PHRASES: [Phrases; 3] = [
    Phrases {
        wishes: &[
            "إصلاح المضخة",
            "نريد حنفية",
            "حفر بئر ثانية",
            "تعبيد الطريق",
            "إنارة الطريق",
            "ممرضة دائمة",
            "دواء للسكري والضغط",
            "خزان ماء جديد",
            "جسر صغير فوق الوادي",
            "جمع القمامة مرتين في الأسبوع",
            "حافلة للمدرسة",
            "فحص ماء البئر",
            "نحتاج ظلًا ومقاعد",
            "لا نعرف من المسؤول",
        ],
        places: &[
            "قرب المدرسة",
            "في الحي الشرقي",
            "عند السوق",
            "خلف الجامع",
            "على طريق الوادي",
            "في العليا",
            "عند بيت المختار",
            "للبيوت الجديدة",
            "في كل حارة",
            "بجانب المستوصف",
        ],
        reasons: &[
            "لأن الطريق طويل على البنات",
            "لأن الماء مالح",
            "فالأطفال يمرضون كل صيف",
            "لأن الصهريج غالٍ",
            "فالسيارات لا تصل بعد المطر",
            "لأن كبار السن لا يستطيعون المشي",
            "والمضخة معطلة منذ أشهر",
            "لأن الانتظار ساعات",
        ],
        times: &[
            "قبل الشتاء",
            "قبل رمضان",
            "هذا الشهر",
            "قبل بداية المدرسة",
            "في أسرع وقت",
            "ولو على مراحل",
        ],
        houses: "بيتًا",
    },
    Phrases {
        wishes: &[
            "Réparer la pompe",
            "Une borne-fontaine",
            "Creuser un deuxième puits",
            "Goudronner la route",
            "Éclairer le chemin",
            "Une infirmière à demeure",
            "Des médicaments pour le diabète",
            "Un nouveau réservoir",
            "Un petit pont sur l’oued",
            "Ramasser les déchets deux fois par semaine",
            "Un car pour l’école",
            "Faire analyser l’eau du puits",
            "On ne sait pas à qui s’adresser",
        ],
        places: &[
            "près de l’école",
            "au quartier est",
            "au marché",
            "derrière la mosquée",
            "sur la piste de l’oued",
            "en haut du village",
            "pour les nouvelles maisons",
            "dans chaque quartier",
            "à côté du dispensaire",
        ],
        reasons: &[
            "car le trajet est trop long pour les filles",
            "parce que l’eau est salée",
            "les enfants tombent malades chaque été",
            "car le camion coûte cher",
            "les voitures ne passent plus après la pluie",
            "les anciens ne peuvent plus marcher",
            "la pompe est en panne depuis des mois",
            "on attend des heures",
        ],
        times: &[
            "avant l’hiver",
            "avant la rentrée",
            "ce mois-ci",
            "le plus tôt possible",
            "même par étapes",
        ],
        houses: "maisons",
    },
    Phrases {
        wishes: &[
            "Repair the pump",
            "A tap",
            "Dig a second well",
            "Pave the road",
            "Light the path",
            "A nurse who stays",
            "Medicine for diabetes",
            "A new water tank",
            "A small bridge over the valley",
            "Collect waste twice a week",
            "A school bus",
            "Test the well water",
            "We do not know whom to ask",
        ],
        places: &[
            "near the school",
            "in the east quarter",
            "at the market",
            "behind the mosque",
            "on the valley road",
            "in the upper village",
            "for the new houses",
            "in every quarter",
            "beside the clinic",
        ],
        reasons: &[
            "because the way is too long for the girls",
            "because the water is salty",
            "the children fall ill every summer",
            "as the tanker is expensive",
            "cars do not get through after rain",
            "old people cannot walk that far",
            "the pump has been broken for months",
            "people wait for hours",
        ],
        times: &[
            "before winter",
            "before school starts",
            "this month",
            "as soon as possible",
            "even if step by step",
        ],
        houses: "houses",
    },
];
