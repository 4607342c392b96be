#include "insight/cause_rule.h"

namespace mlengine::insight {
namespace {

using enum CauseKind;

constexpr std::string_view kTf1Advice =
    "The program is written for TensorFlow 1: use tf.compat.v1, or choose a runtime version of "
    "TensorFlow 1 (mlengine runtimes list).";
constexpr std::string_view kShapeAdvice =
    "Print the shapes before that line; look at the batch's shape and at the layer's.";

constexpr CauseRule kRules[] = {
    {kTf1Api, "module 'tensorflow' has no attribute '{name}'",
     "The program uses tf.{name}, which TensorFlow {tensorflow} of runtime {runtime} does not "
     "have.",
     kTf1Advice},
    {kTf1Api, "module 'tensorflow.{module}' has no attribute '{name}'",
     "The program uses {name} of tensorflow.{module}, which TensorFlow {tensorflow} of runtime "
     "{runtime} does not have.",
     kTf1Advice},
    {kTf1Api, "No module named 'tensorflow.{module}'",
     "The program imports tensorflow.{module}, which TensorFlow {tensorflow} of runtime {runtime} "
     "does not have.",
     kTf1Advice},
    {kTf1Api, "tf.{name}() is not compatible with eager execution",
     "The program uses tf.{name}, which works in graphs of TensorFlow 1 only.",
     "Call tf.compat.v1.disable_eager_execution() first, or choose a runtime version of TensorFlow "
     "1 (mlengine runtimes list)."},
    {kTf1Api, "The Session graph is empty",
     "The session's graph is empty: the operations were run "
     "eagerly.",
     "Call tf.compat.v1.disable_eager_execution() first, or choose a runtime version of "
     "TensorFlow 1 (mlengine runtimes list)."},
    {kNotANumber, "NaN loss during training", "The loss became NaN.",
     "Lower the learning rate, clip gradients, and look for NaN in the data."},
    {kNotANumber, "Tensor had NaN values", "A tensor had NaN values ({check}).",
     "Lower the learning rate, clip gradients, and look for NaN in the data.",
     "InvalidArgumentError: {check} : Tensor had NaN"},
    {kNotANumber, "Tensor had NaN values", "A tensor had NaN values.",
     "Lower the learning rate, clip gradients, and look for NaN in the data."},
    {kNotANumber, "Tensor had Inf", "A tensor had infinite values.",
     "Lower the learning rate, clip gradients, and look for zeros that are divided by."},
    {kGpuMemory, "OOM when allocating tensor with shape{shape} and type {type} on {device}GPU",
     "The GPU's memory was full when a tensor of shape {shape} was to be made.",
     "Choose smaller batches, or a GPU with more memory."},
    {kOutOfMemory, "OOM when allocating tensor with shape{shape} and type",
     "There was no memory for a tensor of shape {shape}.",
     "Look at that shape; choose smaller batches, or a machine type with more memory."},
    {kGpuMissing, "Could not satisfy device specification '{device}'",
     "The program asks for the device {device}, which its replica does not have.",
     "Ask for a machine type with a GPU, or let TensorFlow place the operation."},
    {kGpuMissing, "Cannot assign a device for operation {operation}: ",
     "The operation {operation} is bound to a device that its replica does not have.",
     "Ask for a machine type with a GPU, or set allow_soft_placement."},
    {kCheckpointMissing, "Failed to find any matching files for {path}",
     "There is no checkpoint at {path}.", "Look at the path, and whether a checkpoint was saved."},
    {kCheckpointMissing, "Unsuccessful TensorSliceReader constructor: {why}",
     "A checkpoint cannot be opened: {why}.", "Look at the path, and whether it was saved whole."},
    {kCheckpointMismatch, "not found in checkpoint",
     "The checkpoint is of another model: it lacks "
     "a variable.",
     "Start with a new job-dir, or restore only what the model has."},
    {kCheckpointMismatch,
     "Received incompatible tensor with shape {shape} when attempting to restore "
     "variable with shape {other} and",
     "The checkpoint is of another model: a variable of shape {other} has shape {shape} in it.",
     "Start with a new job-dir, or build the model as it was when it was saved."},
    {kCheckpointMismatch, "Assign requires shapes of both tensors to match",
     "The checkpoint is of another model: a variable has another shape in it.",
     "Start with a new job-dir, or build the model as it was when it was saved."},
    {kDataCorrupt, "corrupted record at {place}",
     "A file of records is damaged, or is no TFRecord file: the record at {place}.",
     "Write the file again, and look at whether it is compressed."},
    {kDataCorrupt, "truncated record at {place}",
     "A file of records is cut: the record at {place}.", "Write or upload the file again."},
    {kDataEnded, "OutOfRangeError: {rest}", "The data ended before the program expected it.",
     "Repeat the data set, or take fewer steps."},
    {kShapeMismatch, "Matrix size-incompatible: {shapes}",
     "Two matrices of shapes that do not fit were multiplied: {shapes}.", kShapeAdvice},
    {kShapeMismatch, "Incompatible shapes: {shapes}", "Two tensors' shapes do not fit: {shapes}.",
     kShapeAdvice},
    {kShapeMismatch, "is incompatible with the layer: {why}",
     "A layer got an input of a shape that it does not take: {why}.", kShapeAdvice},
    {kShapeMismatch, "Dimensions must be equal, but are {shapes}",
     "Two tensors' shapes do not fit: {shapes}.", kShapeAdvice},
    {kShapeMismatch, "Shapes {shapes} are incompatible", "Two shapes do not fit: {shapes}.",
     kShapeAdvice},
    {kShapeMismatch, "Cannot reshape a tensor with {shapes}",
     "A tensor cannot be reshaped: it has "
     "{shapes}.",
     kShapeAdvice},
    {kTypeMismatch, "was expected to be a {type} tensor but is a {other} tensor",
     "An operation wants a {type} tensor and got a {other} tensor.", "Cast one of them (tf.cast)."},
    {kLabelRange,
     "Received a label value of {label} which is outside the valid range of {range}.  Label",
     "The label {label} is outside the range {range} that the model has classes for.",
     "Compare the number of classes with the labels."},
};

}  // namespace

std::span<const CauseRule> TensorFlowRules() {
  return kRules;
}

}  // namespace mlengine::insight
