/** EX_USAGE of sysexits.h: the command was called in a wrong way. */
export const USAGE = 64;

/** Ends a command with its sentence; `exitCode` is 1 unless the call itself was wrong. */
export class CommandFailure extends Error {
  constructor(
    message: string,
    readonly exitCode = 1,
    options: { readonly cause?: unknown } = {},
  ) {
    super(message, options);
    this.name = 'CommandFailure';
  }
}

/** The call was wrong: the message says what would be right. */
export function usageError(message: string): CommandFailure {
  return new CommandFailure(message, USAGE);
}
