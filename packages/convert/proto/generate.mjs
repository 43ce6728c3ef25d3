/**
 * Writes onnx.generated.ts from onnx.proto. Needs two development tools that the repository does not carry:
 *   npm install --no-save @bufbuild/buf @bufbuild/protoc-gen-es
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const here = import.meta.dirname;
const work = mkdtempSync(join(tmpdir(), 'onnx-proto-'));
try {
  copyFileSync(join(here, 'onnx.proto'), join(work, 'onnx.proto'));
  const template = {
    version: 'v2',
    plugins: [
      {
        local: 'protoc-gen-es',
        out: '.',
        opt: ['target=ts', 'import_extension=js', 'js_import_style=module'],
      },
    ],
  };
  execFileSync('npx', ['buf', 'generate', work, '--template', JSON.stringify(template), '--output', work], {
    stdio: 'inherit',
  });
  writeFileSync(join(here, '../src/onnx/onnx.generated.ts'), readFileSync(join(work, 'onnx_pb.ts')));
} finally {
  rmSync(work, { recursive: true, force: true });
}
