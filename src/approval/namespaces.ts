/** The namespace of approvals; that of seals is another, so that no machine's key approves by accident. */
export const APPROVE = 'approve@interdict'
/** The namespace in which a list of signers names the owner of a machine's sealing key. */
export const SEAL = 'seal@interdict'
