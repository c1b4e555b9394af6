/**
 * A mistake of the person at the keyboard, or of what they gave us: the command line prints the one line
 * and exits with 1. Anything else that is thrown is a defect of Reverie.
 *
 * @param what what was wrong and where, with the offending value
 * @param fix what to do about it
 */
export class UserError extends Error {
  constructor(what: string, fix?: string) {
    super(fix === undefined ? what : `${what}: ${fix}`);
    this.name = 'UserError';
  }
}
