// A server that does nothing but answer: what is measured against it is the load alone.
#pragma once

namespace mlengine::bench {

// Listens on a free port of loopback, prints it, and answers every request that has a
// Content-Length with the same 200, on one thread. Returns when standard input ends.
int AnswerAll();

}  // namespace mlengine::bench
