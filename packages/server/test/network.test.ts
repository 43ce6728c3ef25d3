import { describe, expect, it } from 'vitest';
import { NetworkPolicy } from '../src/auth/network.js';
import { hidePasswords } from '../src/cameras/hide-passwords.js';

const hosts: Readonly<Record<string, string>> = {
  'camera.example': '203.0.113.7',
  'inner.example': '10.0.0.5',
  'nas.example': '10.0.0.9',
  'rebound.example': '::ffff:127.0.0.1',
};
const resolve = async (host: string) => {
  const address = hosts[host];
  if (address === undefined) throw new Error('ENOTFOUND');
  return [{ address }];
};

describe('addresses that API users name', () => {
  const policy = new NetworkPolicy([], resolve);

  it.each([
    'rtsp://camera.example/stream',
    'https://camera.example:8443/live.m3u8',
    'http://8.8.8.8/',
    'rtsp://[2001:4860:4860::8888]/',
  ])('lets %s through', async (url) => {
    await expect(policy.check(url)).resolves.toMatch(/^[0-9a-f.:]+$/);
  });

  it.each([
    'file:///etc/passwd',
    '/etc/passwd',
    '/dev/video0',
    'lavfi:testsrc',
    'concat:/etc/passwd|x',
    'gopher://camera.example/',
    'subfile,,start,0,end,9,,:/etc/passwd',
    'http://127.0.0.1/',
    'rtsp://127.0.0.1/',
    'http://localhost/',
    'http://2130706433/',
    'http://0x7f.1/',
    'rtsp://0x7f.1/',
    'rtsp://2130706433/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://169.254.169.254/latest/meta-data',
    'http://192.168.1.1/',
    'http://172.20.0.1/',
    'http://100.64.0.1/',
    'http://0.0.0.0/',
    'http://[fd00::1]/',
    'http://[fe80::1]/',
    'http://inner.example/',
    'http://rebound.example/',
    'http://unknown.example/',
  ])('refuses %s', async (url) => {
    await expect(policy.check(url)).rejects.toThrow(/refused/);
  });

  it('lets through what the owner allows, and no more', async () => {
    const home = new NetworkPolicy(['192.168.1.0/24', 'nas.example', 'fd00::/8'], resolve);
    await expect(home.check('rtsp://192.168.1.20/stream')).resolves.toBe('192.168.1.20');
    await expect(home.check('http://nas.example/')).resolves.toBe('10.0.0.9');
    await expect(home.check('http://[fd00::5]/')).resolves.toBe('fd00::5');
    await expect(home.check('http://192.168.2.20/')).rejects.toThrow();
  });

  it('says when an entry is no block', () => {
    expect(() => new NetworkPolicy(['10.0.0.0/99'])).toThrow(/address block/);
  });
});

describe('passwords in texts', () => {
  it.each([
    ['rtsp://user:secret@10.0.0.1/x', 'rtsp://***@10.0.0.1/x'],
    ['cannot open rtsp://user:se@cret@10.0.0.1/x: refused', 'cannot open rtsp://***@10.0.0.1/x: refused'],
    ['http://cam/snap?user=a&password=secret&x=1', 'http://cam/snap?user=a&password=***&x=1'],
    ['http://cam/snap?authToken=secret', 'http://cam/snap?authToken=***'],
    ['http://cam/path@2x.png', 'http://cam/path@2x.png'],
  ])('%s', (text, hidden) => {
    expect(hidePasswords(text)).toBe(hidden);
  });
});
