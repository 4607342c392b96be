"""Both models behind Ray Serve on a Ray of one node, requests batched: ray_app.py PORT FOLDER. Prints what it is when it
serves."""
import sys
import time

import ray
from ray import serve


@serve.deployment(num_replicas=1, max_ongoing_requests=100, ray_actor_options={"num_cpus": 1})
class NetworkServer:
    def __init__(self, name):
        from network import Network
        self.network = Network(name)

    @serve.batch(max_batch_size=32, batch_wait_timeout_s=0.001)
    async def scores(self, rows):
        return self.network.scores(rows)

    async def __call__(self, request):
        [row] = (await request.json())["instances"]
        return {"predictions": [{"scores": await self.scores(row)}]}


def main():
    ray.init(num_cpus=4, include_dashboard=False, _temp_dir=sys.argv[2], log_to_driver=False)
    serve.start(http_options={"host": "127.0.0.1", "port": int(sys.argv[1])})
    for name in ("tiny", "wide"):
        serve.run(NetworkServer.bind(name), name=name, route_prefix="/" + name)
    while True:
        time.sleep(1)


if __name__ == "__main__":
    main()
