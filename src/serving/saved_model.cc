#include "serving/saved_model.h"

#include <algorithm>

#include "base/number_text.h"
#include "insight/proto_fields.h"
#include "serving/saved_model_parts.h"

namespace mlengine::serving {
namespace {

using insight::ProtoFields;
using Kind = ProtoFields::Kind;

// Fields of TensorFlow's saved_model.proto, meta_graph.proto, graph.proto and node_def.proto.
constexpr std::uint32_t kMetaGraphs = 2;     // of SavedModel
constexpr std::uint32_t kMetaInfo = 1;       // of MetaGraphDef
constexpr std::uint32_t kGraph = 2;          // of MetaGraphDef
constexpr std::uint32_t kSignatures = 5;     // of MetaGraphDef, a map
constexpr std::uint32_t kTags = 4;           // of MetaInfoDef
constexpr std::uint32_t kNodes = 1;          // of GraphDef
constexpr std::uint32_t kNodeOperation = 2;  // of NodeDef
constexpr std::uint32_t kMapKey = 1;

constexpr std::string_view kServingTag = "serve";
// The end of a table of LevelDB, which the index is.
constexpr std::uint64_t kTableMagic = 0xdb4775248b80fb57;
constexpr std::size_t kTableFooterBytes = 48;

Status Damaged(const std::string& what) {
  return DataLossError("saved_model.pb is damaged: " + what +
                       " cannot be read; export the model again and copy all of it");
}

std::string Shown(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name.substr(0, 100);
  return "[" + text + "]";
}

Status ReadInfo(std::string_view bytes, SavedGraph& graph) {
  ProtoFields info(bytes);
  while (info.Next()) {
    if (info.Is(kTags, Kind::kBytes)) graph.tags.emplace_back(info.bytes());
  }
  return info.ok() ? OkStatus() : Damaged("the description of a graph");
}

Status ReadNodes(std::string_view bytes, SavedGraph& graph) {
  ProtoFields nodes(bytes);
  while (nodes.Next()) {
    if (!nodes.Is(kNodes, Kind::kBytes)) continue;
    ProtoFields node(nodes.bytes());
    while (node.Next()) {
      if (node.Is(kNodeOperation, Kind::kBytes) && IsVariableOperation(node.bytes()))
        graph.has_variables = true;
    }
    if (!node.ok()) return Damaged("a node of its graph");
  }
  return nodes.ok() ? OkStatus() : Damaged("its graph");
}

Status ReadSignature(std::string_view bytes, SavedGraph& graph) {
  ProtoFields entry(bytes);
  std::string name;
  while (entry.Next()) {
    if (entry.Is(kMapKey, Kind::kBytes)) name = std::string(entry.bytes());
  }
  if (!entry.ok()) return Damaged("a signature");
  AddSignature(std::move(name), graph);
  return OkStatus();
}

Result<SavedGraph> ReadGraph(std::string_view bytes) {
  SavedGraph graph;
  ProtoFields fields(bytes);
  while (fields.Next()) {
    if (fields.kind() != Kind::kBytes) continue;
    if (fields.number() == kMetaInfo)
      MLENGINE_RETURN_IF_ERROR(ReadInfo(fields.bytes(), graph));
    else if (fields.number() == kGraph)
      MLENGINE_RETURN_IF_ERROR(ReadNodes(fields.bytes(), graph));
    else if (fields.number() == kSignatures)
      MLENGINE_RETURN_IF_ERROR(ReadSignature(fields.bytes(), graph));
  }
  if (!fields.ok()) return Damaged("one of its graphs");
  return graph;
}

}  // namespace

bool IsVariableOperation(std::string_view operation) {
  return operation == "VarHandleOp" || operation == "VariableV2" || operation == "Variable";
}

void AddSignature(std::string name, SavedGraph& graph) {
  if (!name.starts_with("__saved_model")) graph.signatures.push_back(std::move(name));
}

Result<SavedModel> ReadSavedModel(std::string_view bytes) {
  SavedModel model;
  ProtoFields fields(bytes);
  while (fields.Next()) {
    if (!fields.Is(kMetaGraphs, Kind::kBytes)) continue;
    MLENGINE_ASSIGN_OR_RETURN(SavedGraph graph, ReadGraph(fields.bytes()));
    model.graphs.push_back(std::move(graph));
  }
  if (!fields.ok()) return Damaged("what is after its first bytes");
  if (model.graphs.empty()) return Damaged("a graph");
  return model;
}

Result<SavedGraph> ServingGraph(const SavedModel& model) {
  std::vector<std::string> sets;
  for (const SavedGraph& graph : model.graphs) {
    if (std::ranges::find(graph.tags, kServingTag) == graph.tags.end()) {
      if (sets.size() < 10) sets.push_back(Shown(graph.tags));
      continue;
    }
    if (graph.signatures.empty()) {
      return InvalidArgumentError(
          "the graph with the tag \"serve\" has no signature; export it with one "
          "(tf.saved_model.save(model, folder, signatures=…))");
    }
    return graph;
  }
  return InvalidArgumentError("no graph has the tag \"serve\"; the tags of its graphs are " +
                              Shown(sets) + "; export the model with that tag");
}

Result<std::string_view> ServingGraphBytes(std::string_view bytes) {
  ProtoFields fields(bytes);
  while (fields.Next()) {
    if (!fields.Is(kMetaGraphs, Kind::kBytes)) continue;
    SavedGraph graph;
    ProtoFields parts(fields.bytes());
    while (parts.Next()) {
      if (parts.Is(kMetaInfo, Kind::kBytes))
        MLENGINE_RETURN_IF_ERROR(ReadInfo(parts.bytes(), graph));
    }
    if (!parts.ok()) return Damaged("one of its graphs");
    if (std::ranges::find(graph.tags, kServingTag) != graph.tags.end()) return fields.bytes();
  }
  if (!fields.ok()) return Damaged("what is after its first bytes");
  return InvalidArgumentError("no graph has the tag \"serve\"; export the model with that tag");
}

Status CheckVariablesIndex(std::string_view bytes) {
  const Status cut = DataLossError(
      "variables/variables.index is damaged: its end is missing; export the model again and copy "
      "all of it");
  if (bytes.size() < kTableFooterBytes) return cut;
  return insight::LittleEndian(bytes.substr(bytes.size() - 8), 8) == kTableMagic ? OkStatus() : cut;
}

int ShardsOf(std::string_view file_name) {
  constexpr std::string_view kStart = "variables.data-";
  constexpr std::string_view kMiddle = "-of-";
  if (!file_name.starts_with(kStart) || file_name.size() != kStart.size() + 5 + 4 + 5) return 0;
  if (file_name.substr(kStart.size() + 5, 4) != kMiddle) return 0;
  return std::max(0, ToNumber<int>(file_name.substr(file_name.size() - 5)).value_or(0));
}

}  // namespace mlengine::serving
