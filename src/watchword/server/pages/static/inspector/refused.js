/** A token that breaks a rule: the code, the claim and the sentence are those of `jose/errors.py`. */
export class Refused extends Error {
  /**
   * @param {string} code stable, as the server names it
   * @param {string} hint what happened, without any value of the token
   * @param {string|null} claim the claim or header member at fault
   */
  constructor(code, hint, claim = null) {
    super(hint);
    this.code = code;
    this.hint = hint;
    this.claim = claim;
    /** Every failed claim; for other codes the one failure itself. */
    this.failures = [this];
  }

  /** One refusal for several failed claims. */
  static all(failures) {
    if (failures.length === 1) return failures[0];
    const joined = new Refused("claims_invalid", failures.map((one) => one.hint).join("; "));
    joined.failures = failures;
    return joined;
  }
}

/** A key that cannot be used. The message says what to do. */
export class KeyRefused extends Error {}

/** What this browser's cryptography does not offer. */
export class Unavailable extends Error {}
