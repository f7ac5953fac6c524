// Which records of the table's stream wake which program, as Lambda's event source mappings take it.

const jobs = { pk: { S: [{ prefix: "JOB#" }] } };

/** Patterns of the FilterCriteria, by program. Posts are left out: they record what the programs themselves did. */
export const streamFilters = {
  effects: [
    { dynamodb: { Keys: { ...jobs, sk: { S: ["JOB", { prefix: "RUN#" }, { prefix: "ASK#" }] } } } },
    { dynamodb: { Keys: { pk: { S: [{ prefix: "TEAM#" }] }, sk: { S: ["REPOS"] } } } },
    { dynamodb: { Keys: { pk: { S: ["KEY"] }, sk: { S: ["SPEND-LIMIT"] } } } },
  ],
  board: [{ dynamodb: { Keys: { ...jobs, sk: { S: ["JOB", { prefix: "RUN#" }] } } } }],
};
