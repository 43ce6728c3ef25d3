import '../dispose-polyfill.js';

export {
  addScaled,
  cosineSimilarity,
  dotProduct,
  euclideanDistance,
  l2Norm,
  l2Normalize,
} from './distance.js';
export { evidenceOf, expectedSimilarity, pictureBelief, type PictureFacts } from './belief.js';
export { joinTracks, type JoinableTrack, type JoinOptions, type StrangerScale } from './join-tracks.js';
export {
  embeddedQuality,
  faceQuality,
  landmarkSpan,
  laplacianVariance,
  isPlausibleFace,
  poseFromFivePoints,
  poseOf,
} from './quality.js';
export { failedGate, gatesOf, type GatedFace, type QualityGates } from './quality-gates.js';
export { decideIdentities, decideIdentity, DEFAULT_MARGIN, type DecisionRule } from './decide.js';
export {
  GALLERY_STORE_CONTRACT,
  isOfLibrary,
  labelNumber,
  labelOf,
  orderedRejection,
  type FaceFilter,
  type FaceInView,
  type GalleryChange,
  type GalleryFace,
  type FaceVector,
  type GalleryFaceRecord,
  type GalleryOutline,
  type GallerySnapshot,
  type GalleryStore,
  type HistoryPage,
  type InViewFilter,
  type LogEntry,
  type LoggedChange,
  type PersonRecord,
  type Rejection,
  type UndoStep,
  type SearchedFaces,
} from './gallery-store.js';
export { changedMeanwhile, MemoryGalleryStore } from './memory-gallery-store.js';
export {
  GALLERY_SCHEMA,
  galleryFromJson,
  galleryJson,
  GalleryReader,
  galleryToJson,
  noGallery,
} from './gallery-json.js';
export type { LooseFaces } from './loose-faces.js';
export type { MergeOptions } from './people-edits.js';
export { likelyDoubles, type LabelledVector, type LikelyDouble } from './doubles.js';
export { checkedName } from './person-name.js';
export { nameKey } from './name-key.js';
export { pollVersions } from './follow-versions.js';
export { PeopleState, type GalleryPerson } from './people-state.js';
export {
  enrolmentEdit,
  EnrolmentRefusedError,
  refusal,
  refusalHint,
  SAME_PICTURE,
  type EnrolledFace,
  type Enrolment,
  type EnrolmentEdit,
  type EnrolmentView,
  type EnrolOptions,
  type RefusedFace,
} from './enrolment.js';
export { Gallery, type GalleryOptions } from './gallery.js';
export type { Edit } from './stored-people.js';
export {
  UnknownIdentities,
  type KnownStranger,
  type UnknownIdentitiesOptions,
  type UnknownObservation,
} from './unknown-identities.js';
export { rememberStrangers, type RememberedStranger, type RememberOptions } from './remember-strangers.js';
export { ShotPolicy, type ShotHistory, type ShotOffer, type ShotPolicyOptions } from './shot-policy.js';
export { TrackIdentity, type PendingShot, type TrackRule, type TrackState } from './track-identity.js';
export { Relabelling } from './relabelling.js';
export { TrackIdentities } from './track-identities.js';
export {
  TRACK_MARGINS,
  type AdoptOptions,
  type Observe,
  type TrackedFace,
  type TrackIdentitiesOptions,
  type TracksState,
} from './track-identities-options.js';
export type { Place, SceneState } from './scene-log.js';
export { confidenceOf, falseAcceptRateOf, thresholdForFar } from './calibration.js';
export { dequantise, quantise, quantisedDot, type QuantisedVector } from './quantise.js';
export { likeAnyQuantised, QuantisedPeople } from './quantised-people.js';
