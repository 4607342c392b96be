"""Both models behind LitServe, requests batched: litserve_app.py PORT."""
import sys

import litserve


class NetworkApi(litserve.LitAPI):
    def setup(self, device):
        from network import Network
        self.network = Network(self.api_path.strip("/"))

    def decode_request(self, request):
        [row] = request["instances"]
        return row

    def batch(self, inputs):
        return inputs

    def predict(self, rows):
        return self.network.scores(rows)

    def unbatch(self, output):
        return output

    def encode_response(self, output):
        return {"predictions": [{"scores": output}]}


if __name__ == "__main__":
    apis = [NetworkApi(max_batch_size=32, batch_timeout=0.001, api_path="/" + name) for name in ("tiny", "wide")]
    server = litserve.LitServer(apis, accelerator="cpu", workers_per_device=1, fast_queue=True)
    server.run(host="127.0.0.1", port=int(sys.argv[1]), num_api_servers=2, generate_client_file=False, log_level="warning")
