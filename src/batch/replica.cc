#include "batch/replica.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "base/digest.h"
#include "base/file_system.h"
#include "batch/board.h"
#include "batch/finish.h"
#include "batch/model_copy.h"
#include "batch/model_process.h"
#include "batch/span_work.h"

namespace mlengine::batch {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kTellEvery{5};
constexpr std::chrono::milliseconds kLookForOthers{500};
constexpr const char* kModelFolder = "model";
constexpr const char* kModelServerLog = "model-server.log";

void Tell(const std::string& line) {
  std::puts(line.c_str());
  std::fflush(stdout);
}

std::string Megabytes(std::uint64_t bytes) {
  char text[32];
  const double value = static_cast<double>(bytes) / 1e6;
  std::snprintf(text, sizeof(text), value < 10 ? "%.1f" : "%.0f", value);
  return text;
}

std::string Count(std::uint64_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

serving::ServerProcessSpec ModelServerSpec(const BatchJob& job, const std::string& model_server,
                                           const std::string& model_dir, std::size_t threads) {
  return {.words = {model_server, "--library", job.library, "--model-dir", model_dir,
                    "--run-threads", std::to_string(threads)},
          .log_file = kModelServerLog};
}

class Worker {
 public:
  Worker(const BatchJob& job, Board& board, SpanWork& work)
      : job_(job), board_(board), work_(work) {}

  // Until nothing is left that this worker may do; the master also waits for the others.
  Status Run() {
    while (true) {
      std::optional<std::size_t> span = board_.Choose(job_.worker);
      if (!span || board_.plan().spans[*span].worker != job_.worker) {
        // Others have gone on since; only what they leave is done here.
        MLENGINE_RETURN_IF_ERROR(board_.Refresh());
        span = board_.Choose(job_.worker);
      }
      if (span) {
        const Status done = WorkOn(*span);
        if (done.code() != StatusCode::kAlreadyExists) {
          MLENGINE_RETURN_IF_ERROR(done);
          continue;
        }
        MLENGINE_RETURN_IF_ERROR(board_.Refresh());
        continue;
      }
      if (job_.worker > 0 || board_.complete()) return OkStatus();
      std::this_thread::sleep_for(kLookForOthers);
      TellProgress();
    }
  }

  void TellProgress() {
    if (job_.worker > 0 || steady_clock::now() - told_ < kTellEvery) return;
    told_ = steady_clock::now();
    if (board_.plan().workers > 1) static_cast<void>(board_.Refresh());
    const Totals totals = board_.totals();
    Tell("Predicted " + Count(totals.predictions, "instance") + ", " +
         Count(totals.errors, "error") + ": " + Megabytes(totals.stored_bytes) + " of " +
         Megabytes(board_.plan().bytes()) + " MB are done.");
  }

 private:
  std::unique_ptr<InstanceReader> ReaderOf(const Span& span, const ReadPlace& place) {
    const InputFile& file = board_.plan().files[span.file];
    const ObjectInfo object{file.bucket, file.name, file.size, file.generation, {}};
    const ReadFunction read = [this, object](std::uint64_t offset, std::uint64_t count) {
      return board_.client().Read(object, offset, count);
    };
    switch (board_.plan().format) {
      case InputFormat::kJson:
        return NewLineReader(read, span.begin, span.end, place);
      case InputFormat::kTfRecord:
        return NewRecordReader(NewPlainSource(read, place.offset), place, 0);
      case InputFormat::kTfRecordGzip:
        break;
    }
    return NewRecordReader(NewGzipSource(read), place, place.offset);
  }

  Status WorkOn(std::size_t index) {
    const Span& span = board_.plan().spans[index];
    const std::unique_ptr<InstanceReader> reader =
        ReaderOf(span, board_.states()[index].info.place);
    while (!board_.states()[index].complete()) {
      MLENGINE_ASSIGN_OR_RETURN(const Piece piece, work_.Next(*reader));
      PartInfo info = board_.states()[index].info;
      info.place = reader->place();
      info.predictions += piece.result.predictions;
      info.errors += piece.result.errors.size();
      info.stored_bytes = piece.last ? span.end - span.begin
                                     : std::min(reader->stored_bytes(), span.end) - span.begin;
      info.last = piece.last;
      info.errors_nonce.clear();
      MLENGINE_RETURN_IF_ERROR(board_.Commit(index, info, piece.result.lines, piece.result.errors));
      TellProgress();
    }
    return OkStatus();
  }

  const BatchJob& job_;
  Board& board_;
  SpanWork& work_;
  steady_clock::time_point told_ = steady_clock::now();
};

Result<Plan> PlanOf(const BatchJob& job, GsClient& client) {
  const ListFunction list = [&client](const std::string& bucket,
                                      const std::string& prefix) -> Result<std::vector<InputFile>> {
    MLENGINE_ASSIGN_OR_RETURN(const std::vector<ObjectInfo> objects, client.List(bucket, prefix));
    std::vector<InputFile> files;
    for (const ObjectInfo& object : objects)
      files.push_back({bucket, object.name, object.size, object.generation});
    return files;
  };
  MLENGINE_ASSIGN_OR_RETURN(std::vector<InputFile> files, FindInput(job.input_paths, list));
  return MakePlan(std::move(files), job.input, job.workers);
}

// The results of another run, with another number of files, would be taken for this one's.
void WarnOfOthers(GsClient& client, const GsFolder& output, std::size_t workers) {
  const auto objects = client.List(output.bucket, output.prefix + "prediction.results-");
  if (!objects.ok()) return;
  const std::string own =
      ResultsName(0, workers).substr(std::string("prediction.results-00000").size());
  for (const ObjectInfo& object : *objects) {
    if (object.name.ends_with(own)) continue;
    std::fprintf(stderr,
                 "WARNING: %s is of an earlier prediction; the results of this one lie beside it, "
                 "with names that end with %s.\n",
                 object.Url().c_str(), own.c_str());
    return;
  }
}

std::size_t ThreadsFor(const BatchJob& job) {
  const std::size_t cores = std::max(std::thread::hardware_concurrency(), 1U);
  return std::clamp<std::size_t>(cores / job.workers, 2, 8);
}

Status Predict(const BatchJob& job, const std::string& model_server, GsClient& client,
               Board& board) {
  std::string model_dir = job.model_dir;
  if (model_dir.empty()) {
    model_dir = kModelFolder;
    MLENGINE_RETURN_IF_ERROR(CopyModel(client, job.model_uri, model_dir));
  }
  const std::size_t threads = ThreadsFor(job);
  MLENGINE_ASSIGN_OR_RETURN(
      const std::unique_ptr<ModelProcess> model,
      ModelProcess::Start(ModelServerSpec(job, model_server, model_dir, threads)));
  MLENGINE_ASSIGN_OR_RETURN(const serving::Signature* signature,
                            serving::ChooseSignature(model->signatures(), job.signature));
  MLENGINE_ASSIGN_OR_RETURN(const BatchPredictor predictor,
                            BatchPredictor::Create(*signature, job.input, job.output));
  const BatchRun run{[&model](const auto& request, bool) { return model->Run(request); },
                     [&model](const auto& request, bool) { return model->RunAlone(request); }};
  SpanWork work(predictor, run, {.batch_size = job.batch_size, .threads = threads});
  Worker worker(job, board, work);
  const Status ran = worker.Run();
  // The master removes the parts when all is joined; nothing is left to do for others.
  if (job.worker > 0 && ran.code() == StatusCode::kAborted &&
      FinishedTotals(client, board.output(), job.run).value_or({}))
    return OkStatus();
  MLENGINE_RETURN_IF_ERROR(ran);
  if (job.worker > 0) return OkStatus();
  WarnOfOthers(client, board.output(), board.plan().workers);
  return JoinResults(board, job.output == OutputFormat::kCsv ? predictor.KeysLine() : "");
}

}  // namespace

Status RunReplica(const BatchJob& job, const std::string& model_server) {
  MLENGINE_ASSIGN_OR_RETURN(const GsFolder output, ParseGsFolder(job.output_path));
  GsClient client(job.endpoint);
  MLENGINE_ASSIGN_OR_RETURN(std::optional<Totals> done, FinishedTotals(client, output, job.run));
  if (!done) {
    MLENGINE_ASSIGN_OR_RETURN(
        Board board, Board::Open(client, output, job.run, [&] { return PlanOf(job, client); }));
    // The master may have removed the plan just now.
    MLENGINE_ASSIGN_OR_RETURN(done, FinishedTotals(client, output, job.run));
    if (done) return RemoveWork(client, output, job.run);
    const Totals before = board.totals();
    if (before.predictions + before.errors > 0) {
      Tell("Going on behind " + Count(before.predictions, "prediction") + " and " +
           Count(before.errors, "error") + " that are stored already.");
    }
    MLENGINE_RETURN_IF_ERROR(Predict(job, model_server, client, board));
    done = board.totals();
  }
  if (job.worker > 0) return OkStatus();
  MLENGINE_RETURN_IF_ERROR(RemoveWork(client, output, job.run));
  Tell("Predicted " + Count(done->predictions, "instance") + ", " + Count(done->errors, "error") +
       ". The results are in " + job.output_path + ".");
  return OkStatus();
}

}  // namespace mlengine::batch
