// What plays is replaced by what was looked at, faces hidden: nothing is shown that was not looked at.
import '/fr-stream/face-tagger.js';

const tagger = document.querySelector('face-tagger');
document.querySelector('input').onchange = ({ target }) => {
  tagger.srcObject = target.files[0];
};
document.querySelector('select').onchange = ({ target }) => tagger.setAttribute('blur', target.value);
