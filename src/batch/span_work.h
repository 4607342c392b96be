// SpanWork: reads a span, predicts in batches with several threads, and hands over a piece about
// once a second.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "batch/batch_predictor.h"
#include "batch/instance_reader.h"

namespace mlengine::batch {

struct SpanWorkOptions {
  int batch_size = 64;
  std::size_t threads = 2;
  std::chrono::milliseconds piece_time{1000};
  std::size_t piece_bytes = 8U << 20;  // of results
};

struct Piece {
  BatchResult result;
  bool last = false;  // the span has no more
};

class SpanWork {
 public:
  // `predictor` and what `run` uses outlive the object.
  SpanWork(const BatchPredictor& predictor, BatchRun run, SpanWorkOptions options)
      : predictor_(predictor), run_(std::move(run)), options_(options) {}

  // The next piece of a reader: some instances or, at the end, none.
  Result<Piece> Next(InstanceReader& reader);

 private:
  using Batches = std::vector<std::vector<Instance>>;
  Result<Batches> ReadBatches(InstanceReader& reader, bool& last) const;
  Result<std::vector<BatchResult>> PredictAll(const Batches& batches) const;

  const BatchPredictor& predictor_;
  const BatchRun run_;
  const SpanWorkOptions options_;
  std::size_t rounds_ = 1;  // batches of each thread between two reads
};

}  // namespace mlengine::batch
