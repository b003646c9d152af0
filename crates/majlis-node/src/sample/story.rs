//! The words of the sample village in three languages. Not here: how they become signed entries.

use crate::api::me::Language;
use arabic::AR;

/// A line of a text, and which of the people wrote it.
pub(super) struct Said {
    pub(super) by: usize,
    pub(super) text: &'static str,
}

/// A question of the sample, with its answers' options.
pub(super) enum Asked {
    Text(&'static str),
    Number(&'static str, i64, i64),
    Single(&'static str, &'static [&'static str]),
    Multiple(&'static str, &'static [&'static str]),
    Scale(&'static str, &'static str, &'static str),
    Date(&'static str),
}

/// One person's answers: a number per question (an option's place, a step, a number, days from
/// the sample's day), and a text for text questions; `None` leaves the question out.
pub(super) struct Given {
    pub(super) by: usize,
    pub(super) assisted: bool,
    pub(super) values: &'static [Option<i64>],
    pub(super) text: &'static str,
}

/// A consultation of the sample.
pub(super) struct Consulted {
    pub(super) title: &'static str,
    pub(super) description: &'static str,
    pub(super) audience: &'static str,
    pub(super) questions: &'static [Asked],
    pub(super) given: &'static [Given],
    pub(super) note: &'static str,
}

/// A document of the sample.
pub(super) struct Written {
    pub(super) title: &'static str,
    pub(super) lines: &'static [Said],
}

/// The whole village. Person 0 is this device; 1 and 2 are facilitators, 3 to 6 members, 7 is removed.
pub(super) struct Story {
    pub(super) name: &'static str,
    pub(super) purpose: &'static str,
    pub(super) charter: &'static str,
    pub(super) founder: &'static str,
    pub(super) people: [&'static str; 7],
    pub(super) removed_for: &'static str,
    pub(super) closed: Consulted,
    pub(super) open: Consulted,
    pub(super) draft: Consulted,
    pub(super) documents: [Written; 2],
    pub(super) late_line: &'static str,
}

/// The story in a language.
pub(super) const fn story(language: Language) -> &'static Story {
    match language {
        Language::Ar => &AR,
        Language::Fr => &FR,
        Language::En => &EN,
    }
}

/// Own answers of people 3 to 6, then assisted ones entered by facilitators 1 and 2.
macro_rules! closed_answers {
    ($a:literal, $b:literal, $c:literal, $d:literal) => {
        &[
            Given {
                by: 3,
                assisted: false,
                values: &[Some(0), Some(5), None],
                text: $a,
            },
            Given {
                by: 4,
                assisted: false,
                values: &[Some(1), Some(4), None],
                text: "",
            },
            Given {
                by: 5,
                assisted: false,
                values: &[Some(0), Some(5), None],
                text: $b,
            },
            Given {
                by: 1,
                assisted: true,
                values: &[Some(0), Some(5), None],
                text: $c,
            },
            Given {
                by: 1,
                assisted: true,
                values: &[Some(0), Some(4), None],
                text: "",
            },
            Given {
                by: 1,
                assisted: true,
                values: &[Some(2), Some(3), None],
                text: $d,
            },
            Given {
                by: 2,
                assisted: true,
                values: &[Some(0), Some(5), None],
                text: "",
            },
            Given {
                by: 2,
                assisted: true,
                values: &[Some(1), Some(5), None],
                text: "",
            },
            Given {
                by: 2,
                assisted: true,
                values: &[Some(0), None, None],
                text: "",
            },
        ]
    };
}

macro_rules! open_answers {
    ($a:literal, $b:literal) => {
        &[
            Given {
                by: 4,
                assisted: false,
                values: &[Some(1), Some(6), Some(12), None],
                text: $a,
            },
            Given {
                by: 6,
                assisted: false,
                values: &[Some(2), Some(3), Some(19), None],
                text: "",
            },
            Given {
                by: 1,
                assisted: true,
                values: &[Some(0), Some(8), Some(12), None],
                text: $b,
            },
            Given {
                by: 1,
                assisted: true,
                values: &[Some(1), Some(5), None, None],
                text: "",
            },
            Given {
                by: 2,
                assisted: true,
                values: &[Some(1), Some(4), Some(12), None],
                text: "",
            },
        ]
    };
}

mod arabic;

static EN: Story = Story {
    name: "Ain Safa village council",
    purpose: "Water, roads and common land of Ain Safa, decided together.",
    charter: "Everyone who lives in Ain Safa may take part.\nEvery question is open for at least seven days.\nThe result and what becomes of it are read aloud at the Friday meeting.",
    founder: "Salma",
    people: [
        "Idir",
        "Mariama Diallo",
        "خديجة",
        "Jean-Baptiste",
        "Youssef",
        "Grace",
        "Rachid",
    ],
    removed_for: "Moved to the city; handed the tablet over to Idir.",
    closed: Consulted {
        title: "Where should the second water point stand?",
        description: "The spring gives enough for two water points. The district pays the pump; the place is ours to choose.",
        audience: "Every household of Ain Safa",
        questions: &[
            Asked::Single(
                "Which place do you prefer?",
                &["Beside the school", "At the market", "On the upper road"],
            ),
            Asked::Scale(
                "How urgent is it for your household?",
                "It can wait",
                "Very urgent",
            ),
            Asked::Text("What should the council keep in mind?"),
        ],
        given: closed_answers!(
            "Children fetch the water before school, so it should be near them.",
            "Please put a light there, it is dark in winter.",
            "The path to the market is too steep for my mother.",
            "From the upper road the water reaches the gardens by itself."
        ),
        note: "Counted at the Friday meeting with Idir and Mariama watching.",
    },
    open: Consulted {
        title: "What shall we do with this year's repair money?",
        description: "There are 4,000 left for repairs. Say what matters, how many days you can help, and when work should begin.",
        audience: "Households and associations",
        questions: &[
            Asked::Multiple(
                "What should be repaired?",
                &[
                    "The bridge",
                    "The school roof",
                    "The canal",
                    "The meeting house",
                ],
            ),
            Asked::Number("How many days can your household help?", 0, 30),
            Asked::Date("When should work begin?"),
            Asked::Text("Anything else?"),
        ],
        given: open_answers!(
            "The roof first, the rains come in October.",
            "My sons can carry stones for the bridge."
        ),
        note: "",
    },
    draft: Consulted {
        title: "Rules for the pasture above the spring",
        description: "Too many animals near the spring make the water dirty. What rule would be fair?",
        audience: "Herders and gardeners",
        questions: &[
            Asked::Single(
                "How far from the spring should animals stay?",
                &["50 steps", "100 steps", "200 steps"],
            ),
            Asked::Text("Who should watch over it?"),
        ],
        given: &[],
        note: "",
    },
    documents: [
        Written {
            title: "Minutes of the spring meeting",
            lines: &[
                Said {
                    by: 0,
                    text: "Present: 34 people of 19 households. Idir keeps the minutes.",
                },
                Said {
                    by: 1,
                    text: "The pump has been repaired; it cost 310.",
                },
                Said {
                    by: 2,
                    text: "Eleven families have asked for a second water point.",
                },
                Said {
                    by: 3,
                    text: "خديجة: the school asks for a tap in the yard.",
                },
                Said {
                    by: 0,
                    text: "Decided: the council asks every household before the end of the month.",
                },
            ],
        },
        Written {
            title: "Letter to the district about the road",
            lines: &[
                Said {
                    by: 0,
                    text: "The road to Ain Safa has been cut twice this year.",
                },
                Said {
                    by: 4,
                    text: "Last week an ambulance had to turn back at the ford.",
                },
                Said {
                    by: 5,
                    text: "We offer 60 days of work and the stones; we ask for a machine and an engineer.",
                },
            ],
        },
    ],
    late_line: "I also think that the bridge should come first.",
};

static FR: Story = Story {
    name: "Conseil du village d'Aïn Safa",
    purpose: "L'eau, les chemins et les terres communes d'Aïn Safa, décidés ensemble.",
    charter: "Toute personne qui vit à Aïn Safa peut participer.\nChaque question reste ouverte au moins sept jours.\nLe résultat et les suites données sont lus à haute voix à la réunion du vendredi.",
    founder: "Salma",
    people: [
        "Idir",
        "Mariama Diallo",
        "خديجة",
        "Jean-Baptiste",
        "Youssef",
        "Grace",
        "Rachid",
    ],
    removed_for: "Parti vivre en ville ; il a remis la tablette à Idir.",
    closed: Consulted {
        title: "Où placer le deuxième point d'eau ?",
        description: "La source suffit pour deux points d'eau. Le district paie la pompe ; le lieu, c'est à nous de le choisir.",
        audience: "Tous les foyers d'Aïn Safa",
        questions: &[
            Asked::Single(
                "Quel lieu préférez-vous ?",
                &["À côté de l'école", "Au marché", "Sur la route d'en haut"],
            ),
            Asked::Scale(
                "Est-ce urgent pour votre foyer ?",
                "Cela peut attendre",
                "Très urgent",
            ),
            Asked::Text("À quoi le conseil doit-il penser ?"),
        ],
        given: closed_answers!(
            "Les enfants vont chercher l'eau avant l'école, elle devrait être près d'eux.",
            "Mettez-y une lampe, il fait nuit tôt en hiver.",
            "Le sentier du marché est trop raide pour ma mère.",
            "Depuis la route d'en haut, l'eau descend seule vers les jardins."
        ),
        note: "Compté à la réunion du vendredi, devant Idir et Mariama.",
    },
    open: Consulted {
        title: "Que faire de l'argent des réparations cette année ?",
        description: "Il reste 4 000 pour les réparations. Dites ce qui compte, combien de jours vous pouvez aider et quand commencer.",
        audience: "Foyers et associations",
        questions: &[
            Asked::Multiple(
                "Que faut-il réparer ?",
                &[
                    "Le pont",
                    "Le toit de l'école",
                    "Le canal",
                    "La maison commune",
                ],
            ),
            Asked::Number("Combien de jours votre foyer peut-il aider ?", 0, 30),
            Asked::Date("Quand commencer les travaux ?"),
            Asked::Text("Autre chose ?"),
        ],
        given: open_answers!(
            "Le toit d'abord, les pluies arrivent en octobre.",
            "Mes fils peuvent porter des pierres pour le pont."
        ),
        note: "",
    },
    draft: Consulted {
        title: "Règles pour le pâturage au-dessus de la source",
        description: "Trop de bêtes près de la source salissent l'eau. Quelle règle serait juste ?",
        audience: "Éleveurs et jardiniers",
        questions: &[
            Asked::Single(
                "À quelle distance de la source les bêtes doivent-elles rester ?",
                &["50 pas", "100 pas", "200 pas"],
            ),
            Asked::Text("Qui devrait y veiller ?"),
        ],
        given: &[],
        note: "",
    },
    documents: [
        Written {
            title: "Compte rendu de la réunion de printemps",
            lines: &[
                Said {
                    by: 0,
                    text: "Présents : 34 personnes de 19 foyers. Idir tient le compte rendu.",
                },
                Said {
                    by: 1,
                    text: "La pompe est réparée ; elle a coûté 310.",
                },
                Said {
                    by: 2,
                    text: "Onze familles demandent un deuxième point d'eau.",
                },
                Said {
                    by: 3,
                    text: "خديجة : l'école demande un robinet dans la cour.",
                },
                Said {
                    by: 0,
                    text: "Décidé : le conseil interroge chaque foyer avant la fin du mois.",
                },
            ],
        },
        Written {
            title: "Lettre au district au sujet de la route",
            lines: &[
                Said {
                    by: 0,
                    text: "La route d'Aïn Safa a été coupée deux fois cette année.",
                },
                Said {
                    by: 4,
                    text: "La semaine dernière, une ambulance a dû faire demi-tour au gué.",
                },
                Said {
                    by: 5,
                    text: "Nous offrons 60 jours de travail et les pierres ; nous demandons une machine et un ingénieur.",
                },
            ],
        },
    ],
    late_line: "Je pense aussi que le pont doit passer en premier.",
};
