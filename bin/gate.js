#!/usr/bin/env node
// A harness waits for this before every tool call: nothing is loaded here that a decision does not need.
import { main } from '../dist/wiring/gate.js'

process.exitCode = await main(process.argv.slice(2))
