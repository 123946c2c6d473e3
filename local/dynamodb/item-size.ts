type AttributeValue = Readonly<Record<string, unknown>>;

const bytes = (text: string) => Buffer.byteLength(text, 'utf8');

/**
 * An item's size in bytes as DynamoDB bills it: attribute names and values in UTF-8; a number half a byte a digit and one more;
 * lists and maps three bytes and one more an entry. Source: "DynamoDB item sizes and formats" in the developer guide.
 */
export function itemSize(item: Readonly<Record<string, AttributeValue>>): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + bytes(name) + valueSize(value), 0);
}

function valueSize(value: AttributeValue): number {
  const [[type, content] = ['NULL', true]] = Object.entries(value);
  const many = (size: (one: never) => number) => (content as never[]).reduce((sum, one) => sum + size(one), 0);
  switch (type) {
    case 'S':
      return bytes(String(content));
    case 'N':
      return numberSize(String(content));
    case 'B':
      return Buffer.from(String(content), 'base64').length;
    case 'SS':
      return many(bytes);
    case 'NS':
      return many(numberSize);
    case 'BS':
      return many((one: string) => Buffer.from(one, 'base64').length);
    case 'L':
      return 3 + many((one: AttributeValue) => 1 + valueSize(one));
    case 'M':
      return (
        3 +
        Object.entries(content as Record<string, AttributeValue>).reduce(
          (sum, [name, one]) => sum + 1 + bytes(name) + valueSize(one),
          0,
        )
      );
    default:
      return 1;
  }
}

function numberSize(text: string): number {
  const digits = text
    .replace(/e.*$/i, '')
    .replace(/[^\d]/g, '')
    .replace(/^0+|0+$/g, '');
  return Math.ceil(digits.length / 2) + 1 + (text.startsWith('-') ? 1 : 0);
}

/** Write units of an item of this many bytes: one a started KB, at least one. */
export const writeUnits = (size: number): number => Math.max(1, Math.ceil(size / 1024));
