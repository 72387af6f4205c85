/** An invalid request to an admin route: answered with 400 and this message. */
export class AdminUsageError extends Error {
  override readonly name = 'AdminUsageError';
}

/** The fields of an admin route's JSON body, checked as they are read. */
export class Fields {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #read = new Set<string>();

  private constructor(values: ReadonlyMap<string, unknown>) {
    this.#values = values;
  }

  /** An empty body is an empty object. */
  static from(body: string): Fields {
    if (body.trim() === '') return new Fields(new Map());
    let json: unknown;
    try {
      json = JSON.parse(body);
    } catch {
      throw new AdminUsageError('The body is not valid JSON.');
    }
    if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new AdminUsageError('The body is not a JSON object.');
    return new Fields(new Map(Object.entries(json)));
  }

  raw(name: string): unknown {
    this.#read.add(name);
    return this.#values.get(name);
  }

  text(name: string): string | undefined {
    const value = this.raw(name);
    if (value !== undefined && typeof value !== 'string') throw new AdminUsageError(`"${name}" must be a string.`);
    return value;
  }

  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw new AdminUsageError(`"${name}" is required.`);
    return value;
  }

  /** A non-negative integer. */
  number(name: string): number | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
      throw new AdminUsageError(`"${name}" must be a non-negative integer.`);
    }
    return value;
  }

  flag(name: string): boolean | undefined {
    const value = this.raw(name);
    if (value !== undefined && typeof value !== 'boolean') throw new AdminUsageError(`"${name}" must be true or false.`);
    return value;
  }

  texts(name: string): string[] | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string')) {
      throw new AdminUsageError(`"${name}" must be an array of strings.`);
    }
    return value;
  }

  oneOf<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    const choice = choices.find((candidate) => candidate === value);
    if (choice === undefined) throw new AdminUsageError(`"${name}" must be one of ${choices.join(', ')}.`);
    return choice;
  }

  /** Refuses fields that no command reads: a misspelled one would otherwise be ignored silently. */
  refuseOthers(): void {
    const unknown = [...this.#values.keys()].filter((name) => !this.#read.has(name));
    if (unknown.length > 0) throw new AdminUsageError(`Unknown field: ${unknown.join(', ')}.`);
  }
}
