/** What holds for every route; stands above them in the reference. */
export const OVERVIEW = `
The HTTP API with which a brand runs its partner programs: programs and their terms, partners, links, conversions, statements, payouts.

## Keys and roles

Send \`Authorization: Bearer trb_…\`. A key belongs to a person and has a role; each route says which roles may call it, and \`owner\` may call
all. Create the new key, switch over, then revoke the old one: both work in between. A revoked key is refused within a minute.

## Requests

Bodies are JSON in UTF-8, at most 256 KiB unless a route says otherwise. A field that a route does not know is refused by name, and so is a key
that stands twice: nothing you send is dropped in silence. Amounts are integers in minor units (\`…Cents\`), rates are integers in basis
points (\`…Bps\`, 10000 is all). Times are ISO 8601 with a zone and are answered in UTC.

\`X-Reason\` on any change says why; it stands in the audit log. Percent-encode what is not ASCII.

## Sending a request again

\`Idempotency-Key\` is optional on every POST and worth sending on all of them: 1 to 200 visible ASCII characters, new for every request you
mean. The same request under the same key is carried out once and answered the same (with \`Idempotency-Replayed: true\`) for a day at least;
after a crash of ours too. A repeat while the first is still at work gets \`409 request-in-progress\` with \`Retry-After\`; another request
under the same key gets \`409 idempotency-key-reused\`. A refused request leaves its key free. Conversions, returns and cancellations carry
keys of their own in what they report, so they need no header.

## Changing what others change too

Rows that people edit have a \`revision\`. Send it as \`If-Match: "3"\` and the change is refused with \`412 stale-revision\` when somebody else
was faster. Without the header a change applies to the fields you send, whatever else has changed.

## Lists

Lists answer \`items\` and, unless the list ends there, \`nextCursor\`: send it as \`cursor\` with otherwise the same parameters.

## Refusals

Every refusal of ours is a problem document (RFC 9457, \`application/problem+json\`): \`detail\` in words, \`code\` to branch on, \`fields\` with
each field at fault and what would be right. \`404\` is also what another brand's ids look like. \`503\` comes with \`Retry-After\`.

What the gateway refuses before us is answered \`{"message": "…"}\`: no key (\`401\`), a key that is not accepted (\`403\`), a route there is
not (\`404\`), too many requests (\`429\`: send again after a second, then after two, and so on).
`.trim();
