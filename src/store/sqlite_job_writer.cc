#include "store/sqlite_job_writer.h"

#include <cstdlib>
#include <utility>

#include "base/crash_point.h"
#include "store/record_row.h"

namespace mlengine::store {
namespace {

// Bounds how long one transaction keeps its first caller waiting.
constexpr std::size_t kLargestBatch = 512;

}  // namespace

Result<std::unique_ptr<SqliteJobWriter>> SqliteJobWriter::Start(
    std::unique_ptr<SqliteDatabase> database, std::function<void(const JobKey&)> on_commit,
    std::function<bool()> make_room) {
  std::unique_ptr<SqliteJobWriter> writer(new SqliteJobWriter());
  writer->database_ = std::move(database);
  writer->on_commit_ = std::move(on_commit);
  writer->make_room_ = std::move(make_room);
  MLENGINE_RETURN_IF_ERROR(writer->PrepareStatements());
  writer->thread_ = std::thread([raw = writer.get()] { raw->Run(); });
  return writer;
}

SqliteJobWriter::~SqliteJobWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Status SqliteJobWriter::PrepareStatements() {
  MLENGINE_ASSIGN_OR_RETURN(read_, database_->Prepare("SELECT sequence, version, record FROM jobs "
                                                      "WHERE project = ? AND job_id = ?"));
  MLENGINE_ASSIGN_OR_RETURN(
      insert_, database_->Prepare("INSERT INTO jobs (sequence, project, job_id, version, state, "
                                  "record) VALUES (?, ?, ?, 1, ?, ?)"));
  MLENGINE_ASSIGN_OR_RETURN(
      update_,
      database_->Prepare("UPDATE jobs SET version = ?, state = ?, record = ? WHERE sequence = ?"));
  MLENGINE_ASSIGN_OR_RETURN(const std::string last,
                            database_->Query("SELECT max(sequence) FROM jobs"));
  last_sequence_ = std::strtoll(last.c_str(), nullptr, 10);
  return OkStatus();
}

Result<StoredJob> SqliteJobWriter::Create(JobRecord record) {
  Write write;
  write.key = {record.project(), record.job().job_id()};
  write.create = &record;
  return Do(std::move(write));
}

Result<StoredJob> SqliteJobWriter::Update(const JobKey& key,
                                          const std::function<Status(JobRecord&)>& change) {
  Write write;
  write.key = key;
  write.change = &change;
  return Do(std::move(write));
}

Result<StoredJob> SqliteJobWriter::Do(Write write) {
  std::future<Result<StoredJob>> answer = write.answer.get_future();
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(&write);
  }
  wake_.notify_one();
  return answer.get();
}

void SqliteJobWriter::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    Batch batch;
    while (!queue_.empty() && batch.size() < kLargestBatch) {
      batch.push_back(queue_.front());
      queue_.pop_front();
    }
    lock.unlock();
    Perform(batch);
    lock.lock();
  }
}

void SqliteJobWriter::Perform(const Batch& batch) {
  if (batch.size() == 1) return PerformAlone(*batch.front());
  if (const Status begun = Begin(); !begun.ok()) {
    for (Write* write : batch) write->answer.set_value(begun);
    return;
  }
  Result<Outcomes> outcomes = TryCommit(batch);
  if (!outcomes.ok()) {
    // One of them spoilt the transaction for all: each gets one of its own.
    for (Write* write : batch) PerformAlone(*write);
    return;
  }
  Batch done;
  Batch again;
  Outcomes answers;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (MayMakeRoom(*batch[i], (*outcomes)[i].status())) {
      again.push_back(batch[i]);
    } else {
      done.push_back(batch[i]);
      answers.push_back(std::move((*outcomes)[i]));
    }
  }
  Answer(done, std::move(answers));
  for (Write* write : again) PerformAlone(*write);
}

// A change that finds no room is tried again as long as some can be made for it.
void SqliteJobWriter::PerformAlone(Write& write) {
  if (const Status begun = Begin(); !begun.ok()) return write.answer.set_value(begun);
  Result<Outcomes> outcomes = TryCommit({&write});
  const Status status = outcomes.ok() ? outcomes->front().status() : outcomes.status();
  if (MayMakeRoom(write, status) && make_room_()) return PerformAlone(write);
  if (outcomes.ok()) return Answer({&write}, *std::move(outcomes));
  write.answer.set_value(status);
}

Status SqliteJobWriter::Begin() {
  Status begun = database_->Execute("BEGIN IMMEDIATE");
  while (begun.code() == StatusCode::kResourceExhausted && make_room_ && make_room_())
    begun = database_->Execute("BEGIN IMMEDIATE");
  return begun;
}

// New jobs are refused on a full disk rather than written with what is kept for the others.
bool SqliteJobWriter::MayMakeRoom(const Write& write, const Status& status) const {
  return status.code() == StatusCode::kResourceExhausted && write.change != nullptr &&
         make_room_ != nullptr;
}

// In a transaction that was begun; ends it. An error means that none was written.
Result<SqliteJobWriter::Outcomes> SqliteJobWriter::TryCommit(const Batch& batch) {
  std::int64_t sequence = last_sequence_;
  Result<Outcomes> outcomes = ApplyAll(batch, sequence);
  Status status = outcomes.status();
  CrashPoint("commit.before");
  if (status.ok()) status = database_->Execute("COMMIT");
  CrashPoint("commit.after");
  if (!status.ok()) {
    if (database_->InTransaction()) static_cast<void>(database_->Execute("ROLLBACK"));
    return status;
  }
  last_sequence_ = sequence;
  return outcomes;
}

Result<SqliteJobWriter::Outcomes> SqliteJobWriter::ApplyAll(const Batch& batch,
                                                            std::int64_t& sequence) {
  Outcomes outcomes;
  for (Write* write : batch) {
    write->wrote = false;
    // A statement that fails takes back only itself, so its neighbours go on; unless SQLite gave
    // up the transaction as a whole.
    outcomes.push_back(Apply(*write, sequence));
    if (!database_->InTransaction()) {
      const Status& status = outcomes.back().status();
      return status.ok() ? InternalError("the job store's transaction ended early") : status;
    }
  }
  return outcomes;
}

Result<StoredJob> SqliteJobWriter::Apply(Write& write, std::int64_t& sequence) {
  return write.create != nullptr ? ApplyCreate(write, sequence) : ApplyUpdate(write);
}

Result<StoredJob> SqliteJobWriter::ApplyCreate(Write& write, std::int64_t& sequence) {
  Result<StoredJob> old = Read(write.key);
  if (old.ok()) {
    if (IsReplay(old->record, *write.create)) return old;
    return AlreadyExistsError("A job with this id already exists.");
  }
  if (old.status().code() != StatusCode::kNotFound) return old;
  insert_.Bind(1, sequence + 1).BindText(2, write.key.project).BindText(3, write.key.job_id);
  insert_.Bind(4, write.create->job().state()).BindBlob(5, RecordBytes(*write.create));
  MLENGINE_RETURN_IF_ERROR(insert_.Step().status());
  write.wrote = true;
  return StoredJob{*write.create, 1, ++sequence};
}

Result<StoredJob> SqliteJobWriter::ApplyUpdate(Write& write) {
  MLENGINE_ASSIGN_OR_RETURN(StoredJob job, Read(write.key));
  const std::string before = RecordBytes(job.record);
  MLENGINE_RETURN_IF_ERROR((*write.change)(job.record));
  const std::string after = RecordBytes(job.record);
  if (after == before) return job;
  update_.Bind(1, job.version + 1).Bind(2, job.record.job().state());
  update_.BindBlob(3, after).Bind(4, job.sequence);
  MLENGINE_RETURN_IF_ERROR(update_.Step().status());
  write.wrote = true;
  ++job.version;
  return job;
}

Result<StoredJob> SqliteJobWriter::Read(const JobKey& key) {
  read_.BindText(1, key.project).BindText(2, key.job_id);
  MLENGINE_ASSIGN_OR_RETURN(const bool found, read_.Step());
  if (!found) return NotFoundError("The specified job could not be found.");
  StoredJob job;
  job.sequence = read_.Int(0);
  job.version = read_.Int(1);
  const bool parsed = job.record.ParseFromString(std::string(read_.Bytes(2)));
  read_.Reset();
  if (!parsed) return DataLossError("the record of job " + key.job_id + " is damaged");
  return job;
}

// Listeners first: whoever gets an answer finds that they were told.
void SqliteJobWriter::Answer(const Batch& batch, Outcomes outcomes) {
  for (const Write* write : batch) {
    if (write->wrote) on_commit_(write->key);
  }
  for (std::size_t i = 0; i < batch.size(); ++i) batch[i]->answer.set_value(std::move(outcomes[i]));
}

}  // namespace mlengine::store
