// The hook opens an engine and follows the video; boxes are drawn on the canvas, if there is one.
import { useFaceTagger } from '@fr-stream/browser/react';
import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';

function App() {
  const { video, canvas, state, error, faces, faceAt, name } = useFaceTagger({ base: '/fr-stream/' });
  const [url, setUrl] = useState<string>();
  return (
    <>
      <p>
        <label>
          A video:{' '}
          <input
            type="file"
            accept="video/*"
            onChange={({ target }) => setUrl(URL.createObjectURL(target.files?.[0] ?? new Blob()))}
          />
        </label>
      </p>
      <div className="picture">
        <video ref={video} src={url} muted playsInline autoPlay />
        <canvas
          ref={canvas}
          onClick={(event) => {
            const face = faceAt(event);
            const given = face && prompt('Who is it?');
            if (face && given) void name(face, given);
          }}
        />
      </div>
      <p role="status">{state === 'failed' ? String(error) : state}</p>
      <ul>
        {faces.map(({ id, identity }) => (
          <li key={id}>{identity.kind === 'known' ? identity.name : (identity.label ?? 'unknown')}</li>
        ))}
      </ul>
    </>
  );
}

const root = document.getElementById('root');
if (root !== null)
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
