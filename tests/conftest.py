"""What every test can ask for, and how tests are spread over workers."""

pytest_plugins = ["tests.postgres"]
