// The places of the interface and their addresses: at most three deep, each with one way back.

/** A place that a person can be at. */
export type Place =
  | { page: 'now' }
  | { page: 'spaces' }
  | { page: 'add' }
  | { page: 'me' }
  | { page: 'mine' }
  | { page: 'search' }
  | { page: 'begin' }
  | { page: 'found' }
  | { page: 'join' }
  | { page: 'carry' }
  | { page: 'claim' }
  | { page: 'slip' }
  | { page: 'space'; space: string }
  | { page: SpacePage; space: string }
  | { page: ConsultationPage; space: string; consultation: string }
  | { page: DocumentPage; space: string; document: string }
  | { page: 'lost' };

export type Page = Place['page'];

const TOP = ['now', 'spaces', 'add', 'me', 'mine', 'search', 'begin', 'found', 'join', 'carry', 'claim', 'slip'] as const;
const SPACE_PAGES = ['ask', 'write', 'members', 'invite', 'sync', 'aside', 'recover', 'requests'] as const;
const CONSULTATION_PAGES = ['consultation', 'answer', 'ballot', 'secret', 'slips', 'edit', 'assist', 'day', 'results', 'responses', 'outcome', 'talk', 'report', 'sort'] as const;
const DOCUMENT_PAGES = ['document', 'history'] as const;

export type SpacePage = (typeof SPACE_PAGES)[number];
export type ConsultationPage = (typeof CONSULTATION_PAGES)[number];
export type DocumentPage = (typeof DOCUMENT_PAGES)[number];

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

function among<T extends string>(list: readonly T[], word: string): word is T {
  return (list as readonly string[]).includes(word);
}

/** The place at an address (the part after `#`). */
export function placeAt(hash: string): Place {
  const parts = hash.replace(/^#?\/?/u, '').split('/').map(decoded);
  if (!parts.every((part) => part !== undefined)) return { page: 'lost' };
  const [first, space, kind, id, page, ...rest] = parts;
  // The very first address carries the token, which is taken away at once.
  if (first === undefined || first === '' || first.startsWith('token=')) return { page: 'now' };
  if (rest.length > 0) return { page: 'lost' };
  if (space === undefined) return among(TOP, first) ? { page: first } : { page: 'lost' };
  if (first !== 'space' || space === '') return { page: 'lost' };
  if (kind === undefined) return { page: 'space', space };
  if (id === undefined) return among(SPACE_PAGES, kind) ? { page: kind, space } : { page: 'lost' };
  const deeper = page ?? kind;
  if (kind === 'consultation' && among(CONSULTATION_PAGES, deeper)) return { page: deeper, space, consultation: id };
  if (kind === 'document' && among(DOCUMENT_PAGES, deeper)) return { page: deeper, space, document: id };
  return { page: 'lost' };
}

/** The address of a place, for `href`. */
export function to(place: Place): string {
  if ('consultation' in place) return join('space', place.space, 'consultation', place.consultation, deeper(place.page, 'consultation'));
  if ('document' in place) return join('space', place.space, 'document', place.document, deeper(place.page, 'document'));
  if ('space' in place) return join('space', place.space, deeper(place.page, 'space'));
  return join(place.page);
}

function deeper(page: string, own: string): string | undefined {
  return page === own ? undefined : page;
}

function join(...parts: (string | undefined)[]): string {
  return `#/${parts
    .filter((part) => part !== undefined)
    .map(encodeURIComponent)
    .join('/')}`;
}

/** The place one step up. */
export function above(place: Place): Place | undefined {
  if ('consultation' in place) {
    return place.page === 'consultation'
      ? { page: 'space', space: place.space }
      : { page: 'consultation', space: place.space, consultation: place.consultation };
  }
  if ('document' in place) {
    return place.page === 'document'
      ? { page: 'space', space: place.space }
      : { page: 'document', space: place.space, document: place.document };
  }
  if ('space' in place) return place.page === 'space' ? { page: 'spaces' } : { page: 'space', space: place.space };
  switch (place.page) {
    case 'found':
    case 'join':
    case 'carry':
    case 'claim':
    case 'slip':
      return { page: 'add' };
    case 'mine':
      return { page: 'me' };
    case 'search':
    case 'begin':
    case 'lost':
      return { page: 'now' };
    case 'now':
    case 'spaces':
    case 'add':
    case 'me':
      return undefined;
  }
}

/** The place of the bar that a place belongs to; searching has its own on wide screens. */
export function tabOf(place: Place): 'now' | 'space' | 'add' | 'me' | 'search' {
  if ('space' in place || place.page === 'spaces') return 'space';
  if (place.page === 'me' || place.page === 'search') return place.page;
  if (place.page === 'mine') return 'me';
  return place.page === 'add' || above(place)?.page === 'add' ? 'add' : 'now';
}
