import type { FolderDrive } from '../../emulator/drive/folder-drive.ts';
import type { Settings } from '../../emulator/options.ts';
import type { Endpoints } from '../../emulator/push/endpoints.ts';
import type { Tokens } from '../../emulator/sign-in/tokens.ts';
import type { Delta } from './delta.ts';
import type { Directory } from './directory.ts';

/** Everything behind the Graph routes. */
export interface GraphService {
  settings: Settings;
  directory: Directory;
  tokens: Tokens;
  folder: FolderDrive;
  delta: Delta;
  endpoints: Endpoints;
  /** `https://localhost:8443` */
  graphUrl: string;
  /** `https://localhost:8444` */
  pushUrl: string;
  nowMs(): number;
}
