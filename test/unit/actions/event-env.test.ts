import { describe, expect, it } from '@jest/globals';
import { commandEnv } from '../../../src/actions/event-env.ts';
import { changeOf, itemOf, notificationOf } from './support.ts';

describe('the environment of a command', () => {
  it('has the scalar fields of a change', () => {
    const event = { ...changeOf('ID!1', { change: 'moved', via: 'catchup', previous: { name: 'old.txt', path: '/Old/old.txt' } }, { path: '/New/new.txt', name: 'new.txt', size: 12 }), label: 'mine' };
    expect(commandEnv({}, [{ event, json: '{}' }])).toEqual({
      GRAPH_WATCH_EVENT_COUNT: '1', GRAPH_WATCH_EVENT_TYPE: 'change', GRAPH_WATCH_EVENT_TIME: '2026-05-11T20:31:05.007Z', GRAPH_WATCH_EVENT_TARGET: 'me',
      GRAPH_WATCH_EVENT_LABEL: 'mine', GRAPH_WATCH_EVENT_CHANGE: 'moved', GRAPH_WATCH_EVENT_VIA: 'catchup', GRAPH_WATCH_EVENT_ID: 'ID!1',
      GRAPH_WATCH_EVENT_NAME: 'new.txt', GRAPH_WATCH_EVENT_PATH: '/New/new.txt', GRAPH_WATCH_EVENT_SIZE: '12', GRAPH_WATCH_EVENT_FOLDER: 'false',
      GRAPH_WATCH_EVENT_PREVIOUS_NAME: 'old.txt', GRAPH_WATCH_EVENT_PREVIOUS_PATH: '/Old/old.txt',
    });
  });

  it('describes a single notification by type, time and target, and several events only by their count', () => {
    expect(commandEnv({}, [notificationOf()])).toEqual({
      GRAPH_WATCH_EVENT_COUNT: '1', GRAPH_WATCH_EVENT_TYPE: 'notification', GRAPH_WATCH_EVENT_TIME: '2026-05-11T20:31:05.007Z', GRAPH_WATCH_EVENT_TARGET: 'me',
    });
    expect(commandEnv({}, [itemOf('a'), itemOf('b')])).toEqual({ GRAPH_WATCH_EVENT_COUNT: '2' });
  });

  it('leaves out the tool\'s secrets, however they are capitalized (Windows ignores case), and passes on the rest', () => {
    const env = commandEnv({
      PATH: '/bin', HOME: undefined, GRAPH_WATCH_TOKEN: 'secret', Graph_Watch_Token: 'secret', GRAPH_WATCH_TOKEN_FILE: '/secret', GRAPH_WATCH_CLOUD: 'emulator',
      GRAPH_WATCH_TOKEN_COMMAND: 'print secret', AZURE_CLIENT_SECRET: 'secret', azure_client_certificate_password: 'secret', AZURE_FEDERATED_TOKEN_FILE: '/secret',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'secret', ACTIONS_ID_TOKEN_REQUEST_URL: 'https://secret.example', IDENTITY_HEADER: 'secret',
    }, []);
    expect(env).toEqual({ PATH: '/bin', GRAPH_WATCH_CLOUD: 'emulator', GRAPH_WATCH_EVENT_COUNT: '0' });
  });

  it('keeps no variable of an enclosing event', () => {
    expect(commandEnv({ GRAPH_WATCH_EVENT_PATH: '/outer' }, [notificationOf()])).not.toHaveProperty('GRAPH_WATCH_EVENT_PATH');
  });

  it('has only values that every system accepts: no NUL, nothing too long', () => {
    const event = changeOf('1', {}, { name: 'a\0b', path: `/${'x'.repeat(5_000)}` });
    const env = commandEnv({}, [{ event, json: '{}' }]);
    expect(env.GRAPH_WATCH_EVENT_NAME).toBe('a\ufffdb');
    expect(env).not.toHaveProperty('GRAPH_WATCH_EVENT_PATH');
  });
});
