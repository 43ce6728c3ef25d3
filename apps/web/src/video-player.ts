import { LiveAnalysis, withNamesOfNow, type AnalyzedFrame, type KeptVideo } from '@fr-stream/browser';
import { clock } from './dom.js';
import type { EventLog } from './event-log.js';
import { engine, names, pictures } from './engine.js';
import { Meter } from './meter.js';
import { Replay } from './replay.js';
import { PresenceLog } from './presence-log.js';
import { Timeline } from './timeline.js';
import { complain, run, say, showProgress, ui } from './ui.js';
import type { Viewer } from './viewer.js';

/** Of what plays, every second frame at 30 per second: faces hardly move meanwhile, and a battery lasts longer. */
const DETECT_EVERY_MS = 60;

/** Plays a video or the webcam, names the faces live, and can go through the whole of a file at once. */
export class VideoPlayer {
  readonly #viewer: Viewer;
  readonly #log: EventLog;
  readonly #onScanned: () => Promise<void>;
  readonly #meter = new Meter();
  readonly #presence = new PresenceLog();
  readonly #timeline = new Timeline(ui.timeline, {
    pictureOf: (faceId) => pictures.get(faceId),
    onSeek: (timeMs) => this.#seek(timeMs / 1000),
  });
  /** Counts what was opened and scanned, so that what belongs to an earlier one is not shown. */
  #generation = 0;
  #live: LiveAnalysis | undefined;
  #stream: MediaStream | undefined;
  #file: File | undefined;
  /** Since the last frame: see {@link refresh}. One that was on its way may come with the names of before. */
  #isRenamed = false;
  #replay: Replay | undefined;
  /** Set while the whole of a file is gone through. */
  #stopScan: (() => void) | undefined;
  /** What is said while it plays. */
  #watching = '';
  #key = '';
  #source = '';

  /** @param onScanned told once all of a file was gone through and is kept. */
  constructor(viewer: Viewer, log: EventLog, onScanned: () => Promise<void>) {
    this.#viewer = viewer;
    this.#log = log;
    this.#onScanned = onScanned;
    const { video } = ui;
    ui.pause.onclick = () => run(() => (video.paused ? video.play() : Promise.resolve(video.pause())));
    video.onplay = video.onpause = () => {
      ui.pause.textContent = video.paused ? 'Play' : 'Pause';
    };
    // Browsers let pages play by themselves what makes no sound.
    ui.sound.onclick = () => {
      video.muted = !video.muted;
    };
    video.onvolumechange = () => ui.sound.setAttribute('aria-pressed', String(!video.muted));
    // What was said of a name in the meantime stays.
    video.onended = () => {
      if (ui.status.textContent === this.#watching) say('The video is over.');
    };
    video.ontimeupdate = () => this.#showPosition();
    ui.seek.oninput = () => this.#seek((Number(ui.seek.value) / 1000) * video.duration);
    // After a jump the tracks start anew.
    video.onseeked = () => {
      const live = this.#live;
      if (live === undefined) return;
      run(async () => {
        await this.#begin();
        live.jumped();
        this.lookAgain(live);
      });
    };
    ui.scan.onclick = () => {
      if (this.#stopScan === undefined) run(() => this.#scan());
      else this.#stopScan();
    };
  }

  /** Looks anew at what stands still; what plays is looked at anyway. @param live if it is still the one. */
  lookAgain(live = this.#live): void {
    // Of a camera that stands still there is no picture to be had again: see #nameShown.
    if (live === undefined || live !== this.#live || !ui.video.paused || ui.video.srcObject !== null) return;
    this.#viewer.clear();
    live.look();
  }

  async open(file: File): Promise<void> {
    const mine = this.close();
    this.#file = file;
    this.#key = keyOf(file);
    this.#source = file.name;
    ui.video.src = URL.createObjectURL(file);
    await new Promise<void>((resolve, reject) => {
      ui.video.onloadedmetadata = () => resolve();
      ui.video.onerror = () =>
        reject(new Error(`The browser cannot play ${file.name}. Use an MP4 (H.264) or WebM video.`));
    });
    ui.video.onerror = () => complain(new Error(`${file.name} breaks off: ${ui.video.error?.message ?? ''}`));
    await this.#follow(file.name, mine, await engine.keptVideo(file));
  }

  /** @param camera its id; undefined for whichever the browser chooses. */
  async openWebcam(camera?: string): Promise<void> {
    const mine = this.close();
    if (navigator.mediaDevices === undefined)
      throw new Error('Browsers give cameras to pages that are served over HTTPS or from localhost only.');
    this.#key = `webcam ${Date.now()}`;
    this.#source = `webcam ${new Date().toLocaleTimeString()}`;
    say('Waiting for the webcam …');
    const stream = await navigator.mediaDevices.getUserMedia({
      video: {
        width: { ideal: 1280 },
        ...(camera === undefined ? { facingMode: 'user' } : { deviceId: { exact: camera } }),
      },
    });
    if (mine !== this.#generation) {
      stream.getTracks().forEach((track) => track.stop());
      return;
    }
    this.#stream = stream;
    ui.video.srcObject = stream;
    await this.#follow('webcam', mine);
  }

  /** Lets go of the video. @returns the number of what comes next. */
  close(): number {
    this.#live?.stop();
    this.#stopScan?.();
    this.#live = this.#replay = this.#file = undefined;
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = undefined;
    const { src } = ui.video;
    ui.video.onerror = ui.video.onloadedmetadata = null;
    ui.video.pause();
    ui.video.removeAttribute('src');
    ui.video.srcObject = null;
    ui.video.load();
    if (src !== '') setTimeout(() => URL.revokeObjectURL(src), 10_000);
    this.#presence.clear();
    this.#timeline.clear();
    this.#meter.clear();
    ui.meter.textContent = '';
    ui.timelinePanel.hidden = true;
    showProgress(undefined);
    return ++this.#generation;
  }

  /** What events of what plays go by. */
  get key(): string {
    return this.#key;
  }

  /** What is shown now, to look closer at; undefined when no video is. */
  async snapshot(): Promise<
    { readonly picture: ImageBitmap; readonly timeMs: number; readonly source: string } | undefined
  > {
    if (ui.video.videoWidth === 0 || this.#source === '') return undefined;
    const picture = await createImageBitmap(ui.video);
    return { picture, timeMs: ui.video.currentTime * 1000, source: this.#source };
  }

  /** What was gone through, frame by frame; undefined before the whole file was. */
  get scanned(): { readonly file: File; readonly replay: Replay } | undefined {
    return this.#file === undefined || this.#replay === undefined
      ? undefined
      : { file: this.#file, replay: this.#replay };
  }

  /** Names have changed. */
  async refresh(): Promise<void> {
    const [file, mine] = [this.#file, this.#generation];
    this.#isRenamed = true;
    // Whoever is known of a video that was gone through before is asked for anew: names may be of those without one, too.
    const kept = file === undefined || this.#replay !== undefined ? undefined : await engine.keptVideo(file);
    if (mine !== this.#generation) return;
    if (!(await this.#takeBack(mine))) return;
    if (kept !== undefined) this.#presence.recall(kept.people);
    this.#presence.refresh((identity) => names.now(identity));
    await this.#nameShown(mine);
    this.#showTimeline();
    if (this.#replay !== undefined) this.#showReplay(ui.video.currentTime);
  }

  /** What was said of faces and was undone, here or in another tab. @returns whether it is still the same video. */
  async #takeBack(mine: number): Promise<boolean> {
    const ask = async (id: string) => (await engine.identities([id]))[0];
    for (const id of this.#presence.named) {
      const now = await ask(id);
      if (mine !== this.#generation) return false;
      if (now === undefined) continue;
      for (const [face, identity] of this.#presence.takeBack(id, now)) names.name(face, identity);
    }
    for (const id of this.#presence.gone((identity) => names.now(identity))) {
      const now = await ask(id);
      if (mine !== this.#generation) return false;
      if (now === undefined) continue;
      this.#presence.correct(id, now);
      names.name(id, now);
    }
    return true;
  }

  /** Of what stands still no next frame comes that would tell the names of now. */
  async #nameShown(mine: number): Promise<void> {
    const shown = this.#viewer.current;
    if (shown === undefined || ui.video.videoWidth === 0 || !ui.video.paused) return;
    const faces = await withNamesOfNow(engine, shown.faces);
    if (mine !== this.#generation) return;
    for (const [i, { id, identity }] of faces.entries()) {
      const before = this.#presence.identity(id) ?? shown.faces[i]?.identity;
      const isNamed = identity.kind === 'known' && before?.kind === 'unknown' && before.label !== undefined;
      if (isNamed) this.#take(id, identity);
      else {
        names.name(id, identity);
        this.#presence.correct(id, identity);
      }
    }
  }

  /** A face of this video was named. */
  name(faceId: string, identity: AnalyzedFrame['faces'][number]['identity']): void {
    this.#take(faceId, identity);
    this.#showTimeline();
    if (this.#replay !== undefined) this.#showReplay(ui.video.currentTime);
  }

  #take(faceId: string, identity: AnalyzedFrame['faces'][number]['identity']): void {
    for (const id of this.#presence.name(faceId, identity)) names.name(id, identity);
  }

  #begin(): Promise<void> {
    const file = this.#file;
    return engine.begin('video', { detectEveryMs: DETECT_EVERY_MS, ...(file !== undefined && { file }) });
  }

  async #follow(source: string, mine: number, kept?: KeptVideo): Promise<void> {
    await this.#begin();
    if (mine !== this.#generation) return;
    for (const { id, picture } of kept?.people ?? []) if (picture !== undefined) pictures.put(id, picture);
    this.#presence.recall(kept?.people ?? []);
    this.#showTimeline();
    this.#viewer.setSize(ui.video.videoWidth, ui.video.videoHeight);
    ui.seek.hidden = ui.clock.hidden = ui.scan.hidden = ui.sound.hidden = this.#file === undefined;
    this.#showPosition();
    this.#startLive();
    this.#watching =
      kept === undefined
        ? `Watching ${source}. Click a face to name it.`
        : `${source} was gone through before: ${kept.people.length} ${kept.people.length === 1 ? 'person' : 'people'}. Jump to somebody, or watch it.`;
    // Before it plays: by then somebody may have been named.
    say(this.#watching);
    await ui.video.play();
  }

  #startLive(): void {
    this.#live = new LiveAnalysis(ui.video, engine, {
      source: this.#source,
      onFrame: (frame) => {
        this.#add(frame);
        this.#viewer.show(frame);
        this.#meter.add(frame.ms);
        ui.meter.textContent = this.#meter.text(this.#live?.dropped ?? 0);
        if (!this.#isRenamed) return;
        this.#isRenamed = false;
        this.#nameShown(this.#generation).catch(complain);
      },
      onError: complain,
    });
  }

  #add(frame: AnalyzedFrame): void {
    this.#log.add(this.#key, this.#source, frame);
    names.add(frame);
    this.#presence.add(frame);
    this.#showTimeline();
  }

  #showTimeline(): void {
    const { duration } = ui.video;
    ui.timelinePanel.hidden = this.#presence.people().length === 0;
    this.#timeline.update(
      () => this.#presence.people(),
      () => (Number.isFinite(duration) ? duration * 1000 : undefined),
    );
  }

  #showPosition(): void {
    const { duration, currentTime } = ui.video;
    if (!Number.isFinite(duration)) return;
    ui.seek.value = String((1000 * currentTime) / duration);
    ui.clock.textContent = `${clock(currentTime * 1000)} / ${clock(duration * 1000)}`;
    ui.seek.setAttribute('aria-valuetext', ui.clock.textContent);
  }

  #seek(seconds: number): void {
    if (Number.isFinite(ui.video.duration)) ui.video.currentTime = seconds;
  }

  /** Every frame of the file, faster than it plays; afterwards names are shown from the first frame on. */
  async #scan(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return;
    const mine = ++this.#generation;
    this.#live?.stop();
    this.#live = this.#replay = undefined;
    ui.video.pause();
    this.#presence.clear();
    this.#timeline.clear();
    const replay = new Replay();
    this.#log.restart(this.#key);
    let stopped = false;
    this.#stopScan = () => {
      stopped = true;
    };
    const durationMs = ui.video.duration * 1000;
    const start = performance.now();
    ui.scan.textContent = 'Stop';
    ui.pause.disabled = ui.seek.disabled = true;
    try {
      const frames = await engine.scan(file, file.name, (frame) => {
        if (mine !== this.#generation || stopped) return false;
        replay.add(frame);
        for (const face of frame.faces) if (face.picture !== undefined) pictures.put(face.id, face.picture);
        this.#add(frame);
        this.#meter.add(frame.ms);
        ui.meter.textContent = this.#meter.text(0);
        showProgress(frame.timeMs / durationMs);
        say(`Going through ${file.name}: ${clock(frame.timeMs)} of ${clock(durationMs)}`);
        return true;
      });
      if (mine !== this.#generation) return;
      const seconds = (performance.now() - start) / 1000;
      say(
        `${stopped ? 'Stopped after ' : ''}${frames} frames in ${seconds.toFixed(1)} s (${(frames / seconds).toFixed(0)} per second). Play it, or jump to somebody.`,
      );
      if (replay.full)
        complain(
          new Error(
            `${file.name} shows more faces than are kept frame by frame: it is followed as it plays.`,
          ),
        );
      if (stopped || replay.full) {
        // What comes after has not been seen, or not been kept: it is followed as it plays.
        await this.#begin();
        this.#startLive();
        if (!stopped) await this.#onScanned();
        return;
      }
      this.#replay = replay;
      this.#showReplay(ui.video.currentTime);
      this.#followReplay(mine);
      await this.#onScanned();
    } finally {
      if (mine === this.#generation) showProgress(undefined);
      this.#stopScan = undefined;
      ui.scan.textContent = 'Scan all of it';
      ui.pause.disabled = ui.seek.disabled = false;
    }
  }

  #followReplay(mine: number): void {
    ui.video.requestVideoFrameCallback((_now, { mediaTime }) => {
      if (mine !== this.#generation) return;
      this.#showReplay(mediaTime);
      this.#followReplay(mine);
    });
  }

  #showReplay(seconds: number): void {
    const frame = this.#replay?.at(seconds * 1000);
    if (frame === undefined) return;
    this.#viewer.show(frame);
  }
}

/** Files of one name are told apart by size and time. */
export function keyOf({ name, size, lastModified }: File): string {
  return `${name} ${size} ${lastModified}`;
}
