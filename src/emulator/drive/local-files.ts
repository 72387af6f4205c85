import { constants, copyFile, cp, lstat, mkdir, open, realpath, rename, rm, utimes } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { errnoOf } from '../errno.ts';

/**
 * LocalFiles changes and reads the drive's folder by paths relative to it. It refuses every path that
 * leads out of the folder, through symbolic links too, with an `ENOENT` error.
 */
export class LocalFiles {
  readonly #root: string;

  /** `root` must be a real path, without symbolic links. */
  constructor(root: string) {
    this.#root = root;
  }

  async openForReading(path: string): Promise<FileHandle> {
    // Windows has no O_NOFOLLOW; there, checking the path has to be enough.
    return open(await this.#inside(path), constants.O_RDONLY | (constants.O_NOFOLLOW || 0));
  }

  async createFolder(path: string): Promise<void> {
    await mkdir(await this.#inside(path));
  }

  /** Moves a finished file from outside into the folder, replacing an existing file. */
  async putFile(source: string, path: string): Promise<void> {
    const target = await this.#inside(path);
    try {
      await rename(source, target);
    } catch (error) {
      if (errnoOf(error) !== 'EXDEV') throw error;
      await copyFile(source, target);
      await rm(source, { force: true });
    }
  }

  async move(from: string, to: string): Promise<void> {
    await rename(await this.#inside(from), await this.#inside(to));
  }

  /** Copies a file or a folder with its content; symbolic links are left out. */
  async copy(from: string, to: string): Promise<void> {
    const filter = async (source: string): Promise<boolean> => !(await lstat(source)).isSymbolicLink();
    await cp(await this.#inside(from), await this.#inside(to), { recursive: true, errorOnExist: true, force: false, filter });
  }

  async delete(path: string): Promise<void> {
    await rm(await this.#inside(path), { recursive: true });
  }

  async setModified(path: string, ms: number): Promise<void> {
    await utimes(await this.#inside(path), ms / 1000, ms / 1000);
  }

  /** Returns the absolute path; throws if its folder is missing or not inside the drive's folder, or if it is a symbolic link. */
  async #inside(path: string): Promise<string> {
    const target = join(this.#root, path);
    const folder = dirname(target);
    const isInside = (folder === this.#root || folder.startsWith(`${this.#root}${sep}`)) && (await realpath(folder)) === folder;
    const stats = isInside ? await lstat(target).catch(() => undefined) : undefined;
    if (!isInside || stats?.isSymbolicLink() === true) throw Object.assign(new Error(`not in the drive's folder: ${path}`), { code: 'ENOENT' });
    return target;
  }
}
