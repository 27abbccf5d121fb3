/** Pages of other sites that parts of ours stand in (`embedOrigins`). */
export interface Embedding {
  /** what any domain lists: for what is asked before anybody is known */
  origins(): Promise<string[]>;
  /** what is in force for one domain (our id) */
  originsOf(domainId: string): Promise<string[]>;
}
