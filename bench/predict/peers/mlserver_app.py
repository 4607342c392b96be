"""A runtime of MLServer for the models: its own protocol in and out, requests batched by the server."""
import numpy as np
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse


class NetworkModel(MLModel):
    async def load(self):
        from network import Network
        self.network = Network(self.name)
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        rows = NumpyCodec.decode_input(payload.inputs[0])
        scores = np.asarray(self.network.scores(rows), np.float32)
        return InferenceResponse(model_name=self.name, outputs=[NumpyCodec.encode_output("scores", scores)])
