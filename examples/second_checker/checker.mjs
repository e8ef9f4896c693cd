// A second checker of derivative certificates: see README.md and docs/certificates.md.
// Usage: node checker.mjs rows.json certificate.json …

import { readFileSync } from "node:fs";

class Refused extends Error {}
const need = (truth, words) => {
  if (!truth) throw new Refused(words);
};

// --- exact fractions: [numerator, denominator] with denominator > 0, in lowest terms

const size = (n) => (n < 0n ? -n : n);
const gcd = (a, b) => {
  for (a = size(a), b = size(b); b; ) [a, b] = [b, a % b];
  return a;
};
const fraction = (n, d = 1n) => {
  const g = gcd(n, d) * (d < 0n ? -1n : 1n);
  return [n / g, d / g];
};
const bits = (n) => (n === 0n ? 0 : size(n).toString(2).length);
const FOLD_BITS = 4096;
const fits = ([n, d]) => bits(n) <= FOLD_BITS && bits(d) <= FOLD_BITS;
const text = ([n, d]) => (d === 1n ? `${n}` : `${n}/${d}`);

const readNumber = (data) => {
  const match = typeof data === "string" && /^(-?)(0x[0-9a-f]+|[0-9]+)(?:\/(0x[0-9a-f]+|[0-9]+))?$/.exec(data);
  need(match && data.length < 20000, "not an exact number");
  const bottom = BigInt(match[3] ?? "1");
  need(bottom !== 0n, "division by zero");
  return fraction(match[1] ? -BigInt(match[2]) : BigInt(match[2]), bottom);
};

const compare = {
  lt: (s) => s < 0n,
  le: (s) => s <= 0n,
  gt: (s) => s > 0n,
  ge: (s) => s >= 0n,
  eq: (s) => s === 0n,
  ne: (s) => s !== 0n,
};
const opposite = { lt: "ge", le: "gt", gt: "le", ge: "lt", eq: "ne", ne: "eq" };
const strict = { le: "lt", ge: "gt" };

const power = (base, n) => {
  if (base[0] === 0n && n < 0n) return null;
  const trivial = base[1] === 1n && size(base[0]) <= 1n;
  const count = trivial && size(n) > 2n ? 2n + (size(n) % 2n) : size(n);
  const length = Math.max(bits(base[0]), bits(base[1]));
  if (!trivial && (count > BigInt(FOLD_BITS) || BigInt(length - 1) * count > BigInt(FOLD_BITS))) return null;
  const [a, b] = [base[0] ** count, base[1] ** count];
  return n < 0n ? fraction(b, a) : fraction(a, b);
};

// --- nodes: one number per structure, with constants folded as in the expression language

class Table {
  constructor(told) {
    this.told = told;
    this.keys = [];
    this.numbers = new Map();
    this.inside = new Map();
    this.zero = this.constant([0n, 1n]);
    this.one = this.constant([1n, 1n]);
    this.minusOne = this.constant([-1n, 1n]);
    this.true = this.file(["bool", true]);
    this.false = this.file(["bool", false]);
  }

  file(key) {
    const name = key[0] === "const" ? `const ${text(key[1])}` : JSON.stringify(key);
    if (!this.numbers.has(name)) {
      this.numbers.set(name, this.keys.length);
      this.keys.push(key);
    }
    return this.numbers.get(name);
  }

  constant(value) {
    return this.file(["const", value]);
  }

  isBoolean(node) {
    return this.told.heads[this.keys[node][0]][1];
  }

  make(name, ...operands) {
    const logic = this.logic(name, operands);
    if (logic !== undefined) return logic;
    if (operands.length && operands.every((o) => this.keys[o][0] === "const")) {
      const folded = this.fold(name, operands.map((o) => this.keys[o][1]));
      if (folded !== null) return folded;
    }
    if (name === "pow" || name === "powi") {
      const [kind, value] = this.keys[operands[1]];
      const whole = kind === "const" && value[1] === 1n;
      if (whole && value[0] === 1n) return operands[0];
      name = whole ? "powi" : "pow";
    }
    return this.file([name, ...operands]);
  }

  fold(name, [a, b]) {
    if (name in compare) return compare[name](a[0] * b[1] - b[0] * a[1]) ? this.true : this.false;
    if (name === "neg") return this.constant([-a[0], a[1]]);
    const whole = b !== undefined && a[1] === 1n && b[1] === 1n;
    if (name === "div" && b[0] !== 0n && whole) return this.constant(fraction(a[0], b[0]));
    if (b === undefined || !fits(a) || !fits(b)) return null;
    let found = null;
    if (name === "add") found = fraction(a[0] * b[1] + b[0] * a[1], a[1] * b[1]);
    else if (name === "sub") found = fraction(a[0] * b[1] - b[0] * a[1], a[1] * b[1]);
    else if (name === "mul") found = fraction(a[0] * b[0], a[1] * b[1]);
    else if (name === "div" && b[0] !== 0n) found = fraction(a[0] * b[1], a[1] * b[0]);
    else if ((name === "pow" || name === "powi") && b[1] === 1n) found = power(a, b[0]);
    return found === null || !fits(found) ? null : this.constant(found);
  }

  logic(name, [a, b, c]) {
    if (name === "and") {
      if (a === this.true || a === b) return b;
      return b === this.true || a === this.false ? a : this.file([name, a, b]);
    }
    if (name === "or") {
      if (a === this.false || a === b) return b;
      return b === this.false || a === this.true ? a : this.file([name, a, b]);
    }
    if (name === "not") return a === this.true ? this.false : a === this.false ? this.true : this.file([name, a]);
    if (name === "where") return a === this.true ? b : a === this.false ? c : this.file([name, a, b, c]);
    return undefined;
  }

  // Strict conditions that imply a condition, and that imply its negation.
  interiors(root) {
    const stack = [root];
    while (stack.length) {
      const node = stack.at(-1);
      const [name, ...parts] = this.keys[node];
      const waiting = name in opposite || name === "bool" || this.inside.has(node) ? [] : parts.filter((p) => !this.inside.has(p));
      if (waiting.length) {
        stack.push(...waiting);
        continue;
      }
      stack.pop();
      if (!this.inside.has(node)) this.inside.set(node, this.pair(node, name, parts));
    }
    return this.inside.get(root);
  }

  pair(node, name, parts) {
    if (name in opposite) {
      const kinds = [name, opposite[name]].map((kind) => strict[kind] ?? kind);
      return kinds.map((kind) => (kind === "eq" ? this.false : this.make(kind, ...parts)));
    }
    if (name === "bool") return [node, this.make("not", node)];
    const found = parts.map((part) => this.inside.get(part));
    if (name === "not") return [found[0][1], found[0][0]];
    const other = name === "and" ? "or" : "and";
    return [this.make(name, found[0][0], found[1][0]), this.make(other, found[0][1], found[1][1])];
  }

  // An instance of a template, a Wengert list whose variables are the names.
  instance(template, names, operands) {
    const made = [];
    for (const [name, ...rest] of template) {
      if (name === "var") made.push(operands[names.indexOf(rest[0])]);
      else if (name === "const") made.push(this.constant(readNumber(rest[0])));
      else if (name === "bool") made.push(rest[0] ? this.true : this.false);
      else made.push(rest.length ? this.make(name, ...rest.map((i) => made[i])) : this.file([name]));
    }
    return made.at(-1);
  }
}

// --- certificates

const LEAVES = ["var", "const", "bool"];
const SIZES = { leaf: 4, primitive: 4, cases: 4, replace: 4, continuous: 3, reflexive: 2, rewrite: 2, congruence: 2, transitive: 2 };

class Replay {
  constructor(told, certificate) {
    this.told = told;
    this.table = new Table(told);
    this.place = [];
    this.proved = [];
    certificate.nodes.forEach((entry, number) => this.place.push(this.node(entry, number)));
  }

  node([name, ...rest], number) {
    const { table } = this;
    need(!LEAVES.includes(name) || rest.length === 1, `node ${number}: a leaf has one payload`);
    if (name === "const") return table.constant(readNumber(rest[0]));
    if (name === "bool") {
      need(rest[0] === 0 || rest[0] === 1, `node ${number}: a truth value is 0 or 1`);
      return rest[0] ? table.true : table.false;
    }
    if (name === "var") {
      const free = typeof rest[0] === "string" && /^[A-Za-z_][A-Za-z0-9_]*$/.test(rest[0]) && !this.told.reserved.includes(rest[0]);
      need(free, `node ${number}: not a variable`);
      return table.file(["var", rest[0]]);
    }
    const head = Object.hasOwn(this.told.heads, name) && this.told.heads[name];
    need(head && head[0] === rest.length, `node ${number}: ${name} does not fit its operands`);
    need(rest.every((i) => Number.isInteger(i) && 0 <= i && i < number), `node ${number}: an operand is not an earlier node`);
    const operands = rest.map((i) => this.place[i]);
    const made = operands.length ? table.make(name, ...operands) : table.file([name]);
    need(JSON.stringify(table.keys[made].map(String)) === JSON.stringify([name, ...operands].map(String)), `node ${number}: not in canonical form`);
    operands.forEach((operand, i) => {
      const wants = ["and", "or", "not"].includes(name) || (name === "where" && i === 0);
      need(table.isBoolean(operand) === wants, `node ${number}: an operand of the wrong sort`);
    });
    return made;
  }

  about(kind, step) {
    const found = this.proved[step];
    need(found && found[0] === kind, `step ${step} is about something else`);
    return found;
  }

  conjunction(...parts) {
    return parts.reduce((total, part) => (part === this.table.true ? total : this.table.make("and", total, part)), this.table.true);
  }

  leaf([node, x]) {
    const { table } = this;
    need(table.keys[x][0] === "var" && this.told.heads[table.keys[node][0]][0] === 0 && !table.isBoolean(node), "leaf needs a leaf and a variable");
    return ["d", node, x, node === x ? table.one : table.zero, table.true];
  }

  primitive([node], premises) {
    const { table } = this;
    const [name, ...operands] = table.keys[node];
    need(Object.hasOwn(this.told.rows, name) && premises.length === operands.length, `${name} is not a primitive with ${premises.length} operands`);
    const row = this.told.rows[name];
    const parts = premises.map((step) => this.about("d", step));
    const x = parts[0][2];
    parts.forEach((part, i) => need(part[1] === operands[i] && part[2] === x, "a premise is not about the operand"));
    let total = -1;
    row.partials.forEach((partial, i) => {
      if (parts[i][3] === table.zero) return;
      need(partial !== null, `operand ${i} moves, and no derivative is known`);
      total = this.combine(total, table.instance(partial, row.params, operands), parts[i][3]);
    });
    const hypothesis = this.conjunction(...parts.map((part) => part[4]), table.instance(row.domain, row.params, operands));
    return ["d", node, x, total < 0 ? table.zero : total, hypothesis];
  }

  combine(total, partial, factor) {
    const { table } = this;
    if (partial === table.zero || factor === table.zero) return total;
    if (partial === table.minusOne) return total < 0 ? table.make("neg", factor) : table.make("sub", total, factor);
    const term = partial === table.one ? factor : factor === table.one ? partial : table.make("mul", partial, factor);
    return total < 0 ? term : table.make("add", total, term);
  }

  continuous([condition, x], premises) {
    const { table } = this;
    const [name, ...operands] = table.keys[condition];
    need(table.isBoolean(condition) && table.keys[x][0] === "var", "continuous is about a condition and a variable");
    if (name === "bool") {
      need(premises.length === 0, "a truth value needs no premises");
      return ["c", condition, x, table.true];
    }
    need(premises.length === operands.length, "one premise for each operand");
    const kind = ["and", "or", "not"].includes(name) ? "c" : "d";
    const parts = premises.map((step) => this.about(kind, step));
    parts.forEach((part, i) => need(part[1] === operands[i] && part[2] === x, "a premise is not about the operand"));
    return ["c", condition, x, parts.map((part) => part.at(-1)).reduce((total, part) => table.make("and", total, part), table.true)];
  }

  cases([node], premises) {
    const { table } = this;
    const [name, ...operands] = table.keys[node];
    const [c, a, b] = [this.about("c", premises[0]), this.about("d", premises[1]), this.about("d", premises[2])];
    need(name === "where" && premises.length === 3 && [c, a, b].every((part, i) => part[1] === operands[i] && part[2] === c[2]), "not the parts of a where()");
    const [holds, fails] = table.interiors(c[1]);
    const either = table.make("or", table.make("and", holds, a[4]), table.make("and", fails, b[4]));
    const derivative = a[3] === table.zero && b[3] === table.zero ? table.zero : table.make("where", c[1], a[3], b[3]);
    return ["d", node, c[2], derivative, table.make("and", c[3], either)];
  }

  replace(_, premises) {
    const [derivative, change] = [this.about("d", premises[0]), this.about("r", premises[1])];
    need(change[1] === derivative[3], "the refinement is not of this derivative");
    return ["d", derivative[1], derivative[2], change[2], derivative[4]];
  }

  reflexive([node]) {
    return ["r", node, node];
  }

  transitive(_, premises) {
    const [first, second] = premises.map((step) => this.about("r", step));
    need(first[2] === second[1], "the refinements do not meet");
    return ["r", first[1], second[2]];
  }

  congruence([node], premises) {
    const [name, ...operands] = this.table.keys[node];
    const changes = premises.map((step) => this.about("r", step));
    need(operands.length === changes.length && !LEAVES.includes(name) && changes.every((change, i) => change[1] === operands[i]), "not about the operands");
    return ["r", node, this.table.make(name, ...changes.map((change) => change[2]))];
  }

  rewrite(_, premises, name) {
    const { table } = this;
    need(Object.hasOwn(this.told.rewrites, name), `${name} is not a rewrite rule`);
    const rule = this.told.rewrites[name];
    const bound = premises.map((step) => this.about("r", step)[1]);
    need(bound.length === rule.variables.length, "another number of variables");
    rule.variables.forEach((variable, i) => {
      const [kind, value] = table.keys[bound[i]];
      need(!table.isBoolean(bound[i]) && (!rule.constants.includes(variable) || kind === "const"), `${variable} needs another term`);
      need(!rule.integers.includes(variable) || value[1] === 1n, `${variable} needs an integer`);
    });
    const [left, right, condition] = [rule.left, rule.right, rule.condition].map((part) => table.instance(part, rule.variables, bound));
    need(condition === table.true, `the condition of ${name} does not hold`);
    return ["r", left, right];
  }

  step(step, number) {
    const [rule] = step;
    need(Object.hasOwn(SIZES, rule), `${rule} is not a rule`);
    const count = SIZES[rule];
    const claimed = step.slice(1, 1 + count).map((i) => (Number.isInteger(i) ? this.place[i] : undefined));
    const premises = step[1 + count];
    need(claimed.every((node) => node !== undefined) && Array.isArray(premises), "a step lists nodes, then premises");
    need(premises.every((i) => Number.isInteger(i) && 0 <= i && i < number), "a premise is not an earlier step");
    const statement = this[rule](claimed, premises, step.at(-1));
    need(JSON.stringify(statement.slice(1)) === JSON.stringify(claimed), `${rule} does not give the stated conclusion`);
    this.proved.push(statement);
  }
}

const CLAIMS = { d: ["function", "wrt", "derivative", "hypothesis"], c: ["condition", "wrt", "hypothesis"], r: ["a", "b"] };

export const check = (told, certificate) => {
  need(certificate?.format === "micrograd-certificate" && certificate.version === 1, "not a certificate of version 1");
  need(certificate.registry === told.registry, "made with another registry of rules");
  const replay = new Replay(told, certificate);
  need(certificate.steps.length > 0, "no steps");
  certificate.steps.forEach((step, number) => {
    try {
      replay.step(step, number);
    } catch (error) {
      throw new Refused(`step ${number}: ${error.message}`);
    }
  });
  const [kind, ...parts] = replay.proved.at(-1);
  CLAIMS[kind].forEach((name, i) => need(replay.place[certificate.claim[name]] === parts[i], "the claim is not what the last step establishes"));
  return certificate.steps.length;
};

const [, , rowsFile, ...files] = process.argv;
const told = JSON.parse(readFileSync(rowsFile, "utf8"));
let code = 0;
for (const file of files) {
  try {
    console.log(`${file}: proved in ${check(told, JSON.parse(readFileSync(file, "utf8")))} steps`);
  } catch (error) {
    console.log(`${file}: REJECTED: ${error.message}`);
    code = 1;
  }
}
process.exit(code);
