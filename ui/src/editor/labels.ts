// Every word the editor shows or says; the strings of the interface's languages fill it.

export interface EditorLabels {
  /** Names the text to assistive technology. */
  text: string;
  /** Names the row of buttons. */
  tools: string;
  /** Shown in an empty document. */
  empty: string;
  opening: string;
  failed: string;
  /** Said instead when the disk does not give a part of the text. */
  unreadable: string;
  again: string;
  readonly: string;
  saved: string;
  saving: string;
  unreachable: string;
  refused: string;
  kind: string;
  paragraph: string;
  heading1: string;
  heading2: string;
  heading3: string;
  quote: string;
  list: string;
  numbers: string;
  deeper: string;
  shallower: string;
  strong: string;
  em: string;
  link: string;
  /** Asks for a link's address. */
  address: string;
  setLink: string;
  removeLink: string;
  /** Said when an address is not one. */
  badAddress: string;
  cancel: string;
  undo: string;
  redo: string;
  hands: string;
  /** Says who else is in the text now. */
  here: (names: string[]) => string;
  /** Of someone whose name is not known here. */
  someone: string;
}
