import { describe, expect, test } from 'vitest'
import { readCsdl } from './csdl.ts'
import type { WireExchange } from './exchange.ts'
import { graphVerdicts } from './graph.ts'

const CSDL = readCsdl(`<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">
  <edmx:DataServices>
    <Schema Namespace="microsoft.graph" Alias="graph" xmlns="http://docs.oasis-open.org/odata/ns/edm">
      <EnumType Name="mood"><Member Name="calm" Value="0" /><Member Name="wild" Value="1" /></EnumType>
      <EntityType Name="entity" Abstract="true">
        <Key><PropertyRef Name="id" /></Key>
        <Property Name="id" Type="Edm.String" Nullable="false" />
      </EntityType>
      <EntityType Name="animal" BaseType="graph.entity" OpenType="true">
        <Property Name="name" Type="Edm.String" />
        <Property Name="fed" Type="Edm.Boolean" Nullable="false" />
        <Property Name="born" Type="Edm.DateTimeOffset" />
        <Property Name="chip" Type="Edm.Guid" />
        <Property Name="legs" Type="Edm.Int32" />
        <Property Name="mood" Type="graph.mood" />
        <Property Name="tags" Type="Collection(Edm.String)" Nullable="false" />
        <Property Name="home" Type="graph.place" />
        <NavigationProperty Name="friends" Type="Collection(graph.animal)" />
        <NavigationProperty Name="visits" Type="Collection(graph.visit)" ContainsTarget="true" />
        <Annotation Term="Org.OData.Core.V1.AlternateKeys">
          <Collection><Record><PropertyValue Property="Name" /></Record></Collection>
        </Annotation>
      </EntityType>
      <EntityType Name="cat" BaseType="graph.animal"><Property Name="lives" Type="Edm.Int32" /></EntityType>
      <EntityType Name="visit" BaseType="graph.entity"><Property Name="reason" Type="Edm.String" /></EntityType>
      <ComplexType Name="place"><Property Name="street" Type="Edm.String" /></ComplexType>
      <Action Name="wash" IsBound="true">
        <Parameter Name="bindingParameter" Type="graph.animal" />
        <Parameter Name="degrees" Type="Edm.Int32" Nullable="false" />
      </Action>
      <Annotations Target="microsoft.graph.animal/name"><Annotation Term="x"><String>y</String></Annotation></Annotations>
      <EntityContainer Name="GraphService">
        <EntitySet Name="animals" EntityType="microsoft.graph.animal"><NavigationPropertyBinding Path="a" Target="b" /></EntitySet>
      </EntityContainer>
    </Schema>
  </edmx:DataServices>
</edmx:Edmx>`)

const exchange = (changes: Partial<WireExchange>): WireExchange => ({
  method: 'GET',
  url: '/v1.0/animals',
  requestHeaders: { 'content-type': 'application/json' },
  requestBody: '',
  status: 200,
  responseHeaders: {},
  responseBody: '{"value":[]}',
  ...changes,
})
const judge = (changes: Partial<WireExchange>) => [...graphVerdicts(CSDL, exchange(changes))]
const problems = (changes: Partial<WireExchange>) => judge(changes).flatMap(verdict => verdict.problems)
const one = (body: unknown) => problems({ url: '/v1.0/animals/a', responseBody: JSON.stringify(body) })

describe('paths', () => {
  test.each([
    ['GET', '/animals', 'GET /animals'],
    ['GET', '/animals/a/friends', 'GET /animals/{id}/friends'],
    ['GET', "/animals(chip='x')/visits", 'GET /animals(chip={value})/visits'],
    ['GET', '/animals/a/microsoft.graph.cat/friends', 'GET /animals/{id}/microsoft.graph.cat/friends'],
  ])('%s %s', (method, path, operation) => {
    expect(judge({ method, url: `/v1.0${path}` })).toEqual([{ operation, problems: [] }])
  })

  test.each([
    ['/beasts', 'there is no /beasts'],
    ['/animals/a/enemies', 'microsoft.graph.animal has no enemies'],
    ['/animals/a/name/b', 'Edm.String has no b'],
    ['/animals/microsoft.graph.visit', 'microsoft.graph.visit is no microsoft.graph.animal'],
  ])('%s', (path, problem) => {
    expect(judge({ url: `/v1.0${path}` })).toEqual([
      { operation: undefined, problems: [`GET ${path}: ${problem}`] },
    ])
  })

  test('nothing is said of beta but that an error is one', () => {
    expect(judge({ url: '/beta/beasts/0a1b2c3d-0000-4000-8000-000000000000' })).toEqual([
      { operation: 'GET /beta/beasts/{id}', problems: [] },
    ])
    expect(problems({ url: '/beta/beasts', status: 404, responseBody: '{}' })).toEqual([
      'error: is not in an object',
    ])
  })
})

describe('the query', () => {
  test('names that the type has, or one that comes down from it', () => {
    const query =
      "$select=id,name,lives&$expand=friends($select=id)&$top=5&$count=true&$orderby=name desc&$filter=name eq 'a lt b' and startswith(name,'x') or friends/any(f:f/id eq 'y')"
    expect(problems({ url: `/v1.0/animals?${query}` })).toEqual([])
  })

  test.each([
    ['$select=id,colour', 'query.$select: microsoft.graph.animal has no colour'],
    ["$filter=colour eq 'red'", 'query.$filter: microsoft.graph.animal has no colour'],
    ['$filter=enemies/any(x:x/id ne null)', 'query.$filter: microsoft.graph.animal has no enemies'],
    ['$top=many', 'query.$top: many is no number'],
    ['$limit=3', 'query.$limit: unknown option'],
  ])('%s', (query, problem) => expect(problems({ url: `/v1.0/animals?${query}` })).toEqual([problem]))

  test('an answer has what was selected and no more', () => {
    const responseBody = JSON.stringify({ value: [{ id: 'a', name: 'x', legs: 4 }] })
    expect(problems({ url: '/v1.0/animals?$select=name', responseBody })).toEqual([
      'answer.legs: was not selected',
    ])
  })
})

describe('bodies', () => {
  test('right ones', () => {
    const cat = {
      '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#animals/$entity',
      '@odata.type': '#microsoft.graph.cat',
      id: 'a',
      name: null,
      fed: true,
      born: '2026-01-02T03:04:05Z',
      chip: '0a1b2c3d-0000-4000-8000-000000000000',
      legs: 4,
      mood: 'calm',
      tags: ['x'],
      home: { street: 'y' },
      lives: 9,
      friends: [{ id: 'b' }],
      'friends@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#x',
    }
    expect(one(cat)).toEqual([])
    expect(problems({ responseBody: JSON.stringify({ value: [cat], '@odata.nextLink': 'x' }) })).toEqual([])
  })

  test.each([
    [{ colour: 'red' }, 'answer.colour: microsoft.graph.animal has no such property'],
    [{ lives: 9 }, 'answer.lives: microsoft.graph.animal has no such property'],
    [{ fed: null }, 'answer.fed: is null, and may not be'],
    [{ fed: 'yes' }, 'answer.fed: "yes" is not Edm.Boolean'],
    [{ born: '2026' }, 'answer.born: "2026" is not Edm.DateTimeOffset'],
    [{ chip: 'x' }, 'answer.chip: "x" is not Edm.Guid'],
    [{ legs: 4.5 }, 'answer.legs: 4.5 is not Edm.Int32'],
    [{ mood: 'odd' }, 'answer.mood: "odd" is not microsoft.graph.mood'],
    [{ tags: 'x' }, 'answer.tags: is not a list'],
    [{ home: { town: 'x' } }, 'answer.home.town: microsoft.graph.place has no such property'],
    [{ '@odata.type': '#microsoft.graph.dog' }, 'answer: the schema has no type "#microsoft.graph.dog"'],
    [
      { '@odata.type': '#microsoft.graph.visit' },
      'answer: microsoft.graph.visit is no microsoft.graph.animal',
    ],
    [
      { 'colour@odata.type': '#String' },
      'answer.colour@odata.type: microsoft.graph.animal has no such property',
    ],
  ])('%j', (body, problem) => expect(one(body)).toEqual([problem]))

  test('of requests', () => {
    const patch = (body: unknown) =>
      problems({
        method: 'PATCH',
        url: '/v1.0/animals/a',
        requestBody: JSON.stringify(body),
        status: 204,
        responseBody: '',
      })
    expect(patch({ fed: false })).toEqual([])
    expect(patch({ fedd: false })).toEqual(['request.fedd: microsoft.graph.animal has no such property'])
    const link = { method: 'POST', url: '/v1.0/animals/a/friends/$ref', status: 204, responseBody: '' }
    expect(problems({ ...link, requestBody: '{"@odata.id":"https://x"}' })).toEqual([])
    expect(problems({ ...link, requestBody: '{"id":"x"}' })).toEqual(['request: has no @odata.id'])
    const made = { method: 'POST', status: 201, requestBody: '{"name":"x"}' }
    expect(problems({ ...made, responseBody: '{"id":"n","name":"x"}' })).toEqual([])
    expect(problems({ ...made, responseBody: '{"name":"x"}' })).toEqual(['answer.id: what was made has one'])
  })

  test('of actions', () => {
    const wash = (body: unknown) =>
      problems({
        method: 'POST',
        url: '/v1.0/animals/a/wash',
        requestBody: JSON.stringify(body),
        status: 204,
        responseBody: '',
      })
    expect(wash({ degrees: 30 })).toEqual([])
    expect(wash({ soap: true })).toEqual([
      'request.soap: the action has no such parameter',
      'request.degrees: required, and missing',
    ])
    expect(problems({ url: '/v1.0/animals/a/wash', status: 204, responseBody: '' })).toEqual([
      'wash: is an action, and called with GET',
    ])
  })
})

describe('errors and batches', () => {
  test('an error has a code and a message', () => {
    const error = (body: unknown) => problems({ status: 404, responseBody: JSON.stringify(body) })
    expect(error({ error: { code: 'Request_ResourceNotFound', message: 'x', innerError: {} } })).toEqual([])
    expect(error({ error: { code: 404, message: 'x' } })).toEqual(['error.code: is not a string'])
    expect(error({ error: { code: 'x', message: 'x', status: 4 } })).toEqual(['error.status: unknown member'])
  })

  const batch = (requests: unknown[], responses: unknown[]) =>
    judge({
      method: 'POST',
      url: '/v1.0/$batch',
      requestBody: JSON.stringify({ requests }),
      responseBody: JSON.stringify({ responses }),
    })

  test('every request of a batch is judged with its answer, whatever their order', () => {
    const verdicts = batch(
      [
        { id: '1', method: 'GET', url: '/animals/a' },
        { id: '2', method: 'GET', url: '/animals/b' },
      ],
      [
        { id: '2', status: 404, body: { error: { code: 'x', message: 'y' } } },
        { id: '1', status: 200, body: { id: 'a', colour: 'red' } },
      ],
    )
    expect(verdicts).toEqual([
      { operation: 'POST /$batch', problems: [] },
      {
        operation: 'GET /animals/{id}',
        problems: ['answer.colour: microsoft.graph.animal has no such property'],
      },
      { operation: 'GET /animals/{id}', problems: [] },
    ])
  })

  test('an answer is missing', () => {
    expect(batch([{ id: '1', method: 'GET', url: '/animals/a' }], [])[0]?.problems).toEqual([
      'batch: the ids of requests and responses are not the same',
    ])
  })
})
