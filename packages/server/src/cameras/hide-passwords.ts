/** A text in which the user info of each URL, and what looks like a secret in its query, is left out. */
export function hidePasswords(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s@]*(?:@[^/\s@]*)*@/gi, '$1***@')
    .replace(
      /([?&](?:[^=&\s]*(?:pass|pwd|token|secret|key|auth|streamid|credential|signature)[^=&\s]*)=)[^&\s]*/gi,
      '$1***',
    );
}
