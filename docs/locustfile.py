"""A thousand buyers of another system, whose orders a shop takes: see README.md.

locust -f docs/locustfile.py --headless --host http://localhost:8000 --users 1000 --spawn-rate 1000 --run-time 30s

A shop that is no demo wants an API key with the scope intake: CHANNEL_KEY=sk_... locust ...
"""

import os
import uuid

from locust import HttpUser, between, task

RUN = uuid.uuid4().hex[:12]


class Marketplace(HttpUser):
    wait_time = between(0.5, 1.5)
    users = 0

    def on_start(self):
        Marketplace.users += 1
        self.number = Marketplace.users
        self.orders = 0
        key = os.environ.get("CHANNEL_KEY")
        if key:
            self.client.headers["Authorization"] = f"Bearer {key}"

    @task(9)
    def hand_over(self):
        self.orders += 1
        order = {
            "order_id": f"LOCUST-{RUN}-{self.number}-{self.orders}",
            "user_id": f"USER{self.number:03}",
            "item_ids": [1, 2, 3],
            "total_amount": 99.99,
        }
        self.client.post("/api/orders/", json=order, name="/api/orders/")

    @task(1)
    def look(self):
        if self.orders:
            order_id = f"LOCUST-{RUN}-{self.number}-{self.orders}"
            self.client.get(f"/api/orders/{order_id}/", name="/api/orders/[order_id]/")
