import type { FolderDrive } from '../drive/folder-drive.ts';
import type { Settings } from '../options.ts';
import type { Endpoints } from '../push/endpoints.ts';
import type { Tokens } from '../sign-in/tokens.ts';
import type { DownloadUrls } from './content/download-urls.ts';
import type { FileHashes } from './content/file-hashes.ts';
import type { Delta } from './delta/delta.ts';
import type { Directory } from './directory/directory.ts';
import type { Sharing } from './sharing/sharing.ts';
import type { Throttle } from './throttling/throttle.ts';
import type { CopyMonitors } from './writes/copy-monitors.ts';
import type { UploadArea } from './writes/upload-area.ts';
import type { UploadSessions } from './writes/upload-sessions.ts';

/** Everything behind the Graph routes. */
export interface GraphService {
  settings: Settings;
  directory: Directory;
  tokens: Tokens;
  folder: FolderDrive;
  delta: Delta;
  endpoints: Endpoints;
  downloads: DownloadUrls;
  hashes: FileHashes;
  sharing: Sharing;
  throttle: Throttle;
  uploads: UploadArea;
  uploadSessions: UploadSessions;
  copyMonitors: CopyMonitors;
  /** `https://localhost:8443` */
  graphUrl: string;
  /** `https://localhost:8444` */
  pushUrl: string;
  nowMs(): number;
}
