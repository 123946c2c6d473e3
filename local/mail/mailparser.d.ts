/** The part of mailparser 3.9 that the mailbox reads; the package brings no types. */
declare module 'mailparser' {
  interface AddressList {
    readonly text: string;
    readonly value: readonly { readonly address?: string; readonly name: string }[];
  }
  interface ParsedMail {
    readonly subject?: string;
    readonly date?: Date;
    readonly messageId?: string;
    readonly from?: AddressList;
    readonly to?: AddressList | readonly AddressList[];
    readonly cc?: AddressList | readonly AddressList[];
    readonly bcc?: AddressList | readonly AddressList[];
    readonly replyTo?: AddressList;
    readonly text?: string;
    /** `false` when there is none. */
    readonly html?: string | false;
    readonly headerLines: readonly { readonly key: string; readonly line: string }[];
    readonly attachments: readonly {
      readonly filename?: string;
      readonly contentType: string;
      readonly size: number;
      readonly content: Buffer;
      readonly contentDisposition?: string;
    }[];
  }
  export function simpleParser(
    source: Buffer | string,
    options?: { readonly skipTextToHtml?: boolean },
  ): Promise<ParsedMail>;
}
