import { describe, expect, it } from '@jest/globals';
import { missingHint } from '../../../src/graph/missing.ts';
import { endpointPath, sitePath, type Target } from '../../../src/graph/targets.ts';

describe('if Graph finds nothing', () => {
  it.each<[Target, string]>([
    [{ kind: 'me' }, 'The account may have no OneDrive yet: open it in a browser once. graph-watch status shows which account it is.'],
    [{ kind: 'user', user: 'ada@contoso.com' }, 'Check the spelling of "ada@contoso.com". A OneDrive exists only once its user has opened it.'],
    [{ kind: 'group', groupId: 'g' }, 'Check the id. To see your groups and teams: graph-watch drives'],
    [{ kind: 'drive', driveId: 'b!x' }, 'Check the id. To see what you can watch: graph-watch drives'],
    [{ kind: 'drive-list', driveId: 'b!x' }, 'Check the id. To see what you can watch: graph-watch drives'],
    [{ kind: 'list', site: 'contoso.sharepoint.com:/sites/legal', list: 'Old Contracts' }, 'Check the site, and the title "Old Contracts". To see its libraries: graph-watch drives --site contoso.sharepoint.com:/sites/legal'],
    [{ kind: 'list', site: 'contoso.sharepoint.com,1,2', list: 'Docs' }, 'Check the site, and the title "Docs". To see its libraries: graph-watch drives --site contoso.sharepoint.com,1,2'],
    [{ kind: 'list', site: 'contoso.sharepoint.com:/sites/Legal Affairs', list: 'Docs' }, 'Check the site, and the title "Docs". To see its libraries: graph-watch drives --site \'contoso.sharepoint.com:/sites/Legal Affairs\''],
    [{ kind: 'list', site: 'https://contoso.sharepoint.com/sites/legal', list: 'Docs' }, 'Check the site, and the title "Docs". To see its libraries: graph-watch drives --site contoso.sharepoint.com:/sites/legal'],
  ])('the hint for %j fits the target', (target, hint) => {
    expect(missingHint(endpointPath(target))).toBe(hint);
  });

  it('the hint for a site says how to search for it', () => {
    expect(missingHint(`${sitePath('contoso.sharepoint.com:/sites/legal')}/drives`)).toBe('Check the address of the site. To search for it: graph-watch drives <words>');
  });

  it.each(['', '/somewhere/else', '/users/%E0%A4%A/drive'])('any other path, such as %j, has a hint too', (path) => {
    expect(missingHint(path)).toMatch(/^Check the/);
  });
});
