/** The routes below a step of a version: its items as rows, and what people say of its answers. */
import * as z from 'zod'
import { compareWith } from './comparison.ts'
import { addedReviews, reviewBody, reviewPage, session } from './review-documents.ts'
import { listReviews, sayReviews, showSession } from './reviews.ts'
import type { Route } from './route.ts'
import * as documents from './row-documents.ts'
import { countFacets, findPosition, listRows } from './rows.ts'
import { listSteps } from './steps.ts'

const version = '/pipelines/{pipeline}/versions/{version}'
const step = `${version}/steps/{step}`

export const stepRoutes: readonly Route[] = [
  {
    name: 'showSession',
    method: 'GET',
    path: '/session',
    does: 'Who reviews, and where.',
    takes: null,
    status: 200,
    answers: session,
    answer: showSession,
  },
  {
    name: 'listSteps',
    method: 'GET',
    path: `${version}/steps`,
    does: 'The steps of a version: prompt, model, schema of the answers, template.',
    takes: null,
    status: 200,
    answers: documents.stepPage,
    answer: listSteps,
  },
  {
    name: 'listRows',
    method: 'GET',
    path: `${step}/rows`,
    does: 'The items of a step as rows: those that a filter takes, in an order, from one of them on.',
    takes: null,
    query: documents.rowsQuery,
    status: 200,
    answers: documents.rowPage,
    answer: listRows,
  },
  {
    name: 'findPosition',
    method: 'GET',
    path: `${step}/position`,
    does: 'Where an item stands among the rows of a filter, and which unreviewed ones are beside it.',
    takes: null,
    query: documents.positionQuery,
    status: 200,
    answers: documents.position,
    answer: findPosition,
  },
  {
    name: 'countFacets',
    method: 'GET',
    path: `${step}/facets`,
    does: 'How many items each choice of a filter takes.',
    takes: null,
    query: documents.facetsQuery,
    status: 200,
    answers: documents.facets,
    answer: countFacets,
  },
  {
    name: 'compareWith',
    method: 'GET',
    path: `${step}/comparison`,
    does: 'What changed in the answers, the template and the settings of a step from an earlier version to this one.',
    takes: null,
    query: documents.comparisonQuery,
    status: 200,
    answers: documents.comparisonPage,
    answer: compareWith,
  },
  {
    name: 'listReviews',
    method: 'GET',
    path: `${step}/reviews`,
    does: 'How the answers stand of which somebody said something.',
    takes: null,
    query: z.object({ from: documents.rowsQuery.shape.from, limit: documents.rowsQuery.shape.limit }),
    status: 200,
    answers: reviewPage,
    answer: listReviews,
  },
  {
    name: 'addReviews',
    method: 'POST',
    path: `${step}/reviews`,
    does: 'Approve, flag, comment on or clear answers: all that are named, or none if one of them is another answer than was read.',
    takes: reviewBody,
    status: 200,
    answers: addedReviews,
    answer: sayReviews,
  },
]
