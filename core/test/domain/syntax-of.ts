import { assert } from 'chai';
import { CaveError } from '../../src/index.js';
import type { SyntaxFault } from '../../src/index.js';

/** The details of the syntax error that `parse` throws; fails when it throws none, or anything else. */
export function syntaxFaultOf(parse: () => unknown): SyntaxFault {
  try {
    parse();
  } catch (error) {
    assert.instanceOf(error, CaveError);
    assert.equal(error.code, 'invalid_argument');
    assert.equal(error.reason, 'syntax');
    const fault = error.details as unknown as SyntaxFault;
    assert.isAtLeast(fault.column, 1);
    assert.isNotEmpty(fault.expected);
    assert.isNotEmpty(fault.found);
    assert.include(error.message, `column ${fault.column}`);
    return fault;
  }
  return assert.fail('nothing was thrown');
}
