// A form as an office brings one: in two languages, with conditions, a repeat, a group, and kinds of
// questions that only a device in the hand can answer. It goes through a spreadsheet, as such forms do.

export const id = (number) => String(number).padStart(16, '0');

/** A question: its English text, and whatever differs from a plain one. */
export function ask(number, name, kind, ar, en, more = {}) {
  const { required = false, hint = '', options, ...details } = more;
  const told = options?.map(([own, label, other], at) => ({ id: at + 1, label, details: { name: own, label: { 'English (en)': other } } }));
  return {
    id: id(number),
    label: ar,
    hint,
    required,
    kind: { type: kind, ...(told === undefined ? {} : { options: told }) },
    details: { name, label: { 'English (en)': en }, ...details },
  };
}

/** What a text is in both languages. */
const both = (ar, en) => ({ main: ar, others: { 'English (en)': en } });

/** The draft of the form. */
export function household() {
  return {
    title: 'أسر الوادي',
    description: 'من يسكن أين، وما الذي ينقص.',
    audience: 'كل أسرة',
    stage: 'consult',
    details: {
      language: 'Arabic (ar)',
      languages: ['Arabic (ar)', 'English (en)'],
      title: { 'English (en)': 'Households of the valley' },
    },
    questions: [
      ask(1, 'welcome', 'note', 'نسأل عن الماء. الجواب تطوّعي.', 'We ask about water. Answering is voluntary.'),
      ask(2, 'village', 'single_choice', 'في أي قرية؟', 'Which village?', {
        required: true,
        options: [
          ['safa', 'عين صافا', 'Ain Safa'],
          ['hajar', 'الحجر', 'Al Hajar'],
        ],
        required_message: both('اختر القرية أولًا.', 'Choose the village first.'),
      }),
      ask(3, 'head', 'text', 'اسم رب الأسرة', 'Name of the head of the household', { required: true }),
      ask(4, 'member', 'repeat', 'فرد', 'Member'),
      ask(5, 'name', 'text', 'الاسم', 'Name', { part_of: id(4), required: true }),
      ask(6, 'age', 'whole_number', 'عمر ${name}', 'Age of ${name}', {
        part_of: id(4),
        hint: 'بالسنين',
        rules: { constraint: '. <= 120' },
        constraint_message: both('لا أحد عمره فوق ١٢٠.', 'Nobody is older than 120.'),
      }),
      ask(7, 'school', 'single_choice', 'هل يذهب إلى المدرسة؟', 'Goes to school?', {
        part_of: id(4),
        rules: { relevant: '${age} >= 6 and ${age} < 18' },
        options: [
          ['yes', 'نعم', 'Yes'],
          ['no', 'لا', 'No'],
        ],
      }),
      ask(8, 'water', 'group', 'الماء', 'Water', { appearance: 'field-list' }),
      ask(9, 'hours', 'number', 'كم ساعة في اليوم لجلب الماء؟', 'Hours a day to fetch water?', { part_of: id(8) }),
      ask(10, 'since', 'date', 'منذ متى؟', 'Since when?', { part_of: id(8) }),
      ask(11, 'at', 'place', 'أين البيت؟', 'Where is the house?'),
      ask(12, 'card', 'barcode', 'رمز بطاقة الأسرة', 'Code of the family card'),
      ask(13, 'sign', 'photo', 'التوقيع', 'Signature', { appearance: 'signature' }),
    ],
  };
}

/** Brings the form in from a spreadsheet and opens it; gives the consultation. */
export async function opened(replica, space) {
  const written = await replica.call('new_consultation', { space, draft: household() });
  const sheet = await replica.call('write_sheet', { space, consultation: written.consultation });
  const { draft, messages } = await replica.call('read_sheet', { ...sheet, language: 'ar', stage: 'consult' });
  if (draft === null) throw new Error(`the spreadsheet was not read: ${JSON.stringify(messages)}`);
  const { consultation } = await replica.call('new_consultation', { space, draft });
  await replica.call('open_consultation', { space, consultation });
  return consultation;
}
