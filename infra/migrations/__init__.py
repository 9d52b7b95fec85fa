"""The shape of the databases, as SQL files run in order by `infra.migrate`."""
