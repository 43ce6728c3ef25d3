export type {
  FaceSummary,
  MergeSuggestion,
  PeopleApi,
  PeopleQuery,
  PersonDetails,
  PersonSummary,
} from './people-api.js';
export { factsInWords, type FaceFacts } from './face-facts.js';
export { definePeopleManager, PeopleManager } from './people-manager.js';
export { HttpPeopleApi, type HttpPeopleOptions } from './http-people-api.js';
