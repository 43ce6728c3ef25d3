import { parse, serialize } from 'cookie';

export function parseCookie(header: string | undefined, name: string): string | undefined {
  return header === undefined ? undefined : parse(header)[name];
}

/** A cookie that scripts cannot read and other sites do not send. @param value undefined: takes it back. */
export function sessionCookie(name: string, value: string | undefined, secure: boolean): string {
  return serialize(name, value ?? '', {
    httpOnly: true,
    sameSite: 'strict',
    path: '/',
    secure,
    maxAge: value === undefined ? 0 : 14 * 24 * 3600,
  });
}
