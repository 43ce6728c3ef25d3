import { Server as TlsServer, createSecureContext } from 'node:tls';
import { readBounded } from '@fr-stream/backend-node';
import { ArgumentError, messageOf } from '@fr-stream/core';
import type { ServerConfig } from '../config/schema.js';
import type { App } from './app.js';

const MOST_BYTES = 1024 * 1024;

export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** The certificate of the configuration; undefined where there is none. @throws ArgumentError when it is not usable. */
export async function readCertificate(tls: ServerConfig['tls']): Promise<Certificate | undefined> {
  if (tls === undefined) return undefined;
  try {
    const certificate = {
      cert: await readBounded(tls.cert, MOST_BYTES),
      key: await readBounded(tls.key, MOST_BYTES),
    };
    createSecureContext(certificate);
    return certificate;
  } catch (cause) {
    throw new ArgumentError(`tls: ${tls.cert} and ${tls.key} cannot be used: ${messageOf(cause)}`, { cause });
  }
}

/** Goes on with a certificate that was renewed; connections that are open keep the old one. */
export function renewCertificate(app: App, certificate: Certificate | undefined): void {
  const server: unknown = app.server;
  if (certificate !== undefined && server instanceof TlsServer) server.setSecureContext(certificate);
}
