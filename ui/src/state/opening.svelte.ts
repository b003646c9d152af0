// Opening a consultation and saying until when: two signed acts, of which the first is done once.

export class Opening {
  /** Whether it is open and its day could not be said: what is left to do is the day alone. */
  halfway = $state(false);
  #opened = false;

  /** Opens, and says the day where there is one; run again, it says the day and opens nothing twice. */
  async run(open: () => Promise<unknown>, say: () => Promise<unknown>): Promise<void> {
    if (!this.#opened) await open();
    this.#opened = true;
    try {
      await say();
    } catch (thrown) {
      this.halfway = true;
      throw thrown;
    }
  }
}
