// What a person looks for on a page: something they can see, by its kind and its name.

/**
 * Runs in a page: the first element that is shown and, when `text` is given, has that name, or
 * failing that has it in its name.
 */
export function findVisible(selector, text) {
  const plain = (words) => words.replace(/\s+/gu, ' ').trim();
  const names = (element) =>
    [element.labels?.[0]?.innerText, element.getAttribute('aria-label'), element.innerText].map((words) => plain(words ?? ''));
  const shown = [...document.querySelectorAll(selector)].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && !element.disabled;
  });
  if (text === null) return shown[0] ?? null;
  const exact = shown.find((element) => names(element).includes(text));
  return exact ?? shown.find((element) => names(element).some((name) => name.includes(text))) ?? null;
}
