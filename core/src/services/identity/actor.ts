/** Who asks for a change, as the audit record names them. */
export interface Actor {
  readonly userId: string;
  readonly email: string;
  /** Address of the client. */
  readonly from: string;
}
