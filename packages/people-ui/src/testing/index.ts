export { peopleStory, type PeopleStoryOptions } from './people-story.js';
