// What the second verifier reads of texts: lines, whole numbers, base64, each of which is written in one way only.

export const fail = (what, verdict = 1) => { throw Object.assign(new Error(what), { verdict }); };
export const CANNOT_TELL = 2;
export function verdictOf(check) {
  try {
    check();
    return 0;
  } catch (error) {
    return error.verdict ?? 1;
  }
}

export const unbase64 = (text) => {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : fail("not base64");
};

// There is one way to write a whole number here, too, and none of more than 15 digits.
const NUMBER = /^(0|[1-9][0-9]{0,14})$/;
export const number = (text) => (NUMBER.test(text) ? Number(text) : fail("another number"));
export function valuesIn(line) {
  const left = line.replace(/"(?:[^"\\]|\\.)*"/g, "").match(/[^\s[\]{},:]+/g) ?? [];
  left.filter((each) => !["null", "true", "false"].includes(each)).forEach(number);
  return JSON.parse(line);
}

export function linesOf(content) {
  const lines = content.toString().split("\n");
  return lines.pop() === "" ? lines : fail("a line that does not end");
}
