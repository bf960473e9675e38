# It has a join as of a time, in Python alone.
from polars import col


def ask(frames):
    incidents = frames["facts_incidents"].filter(col("repository_id").is_not_null())
    deployments = frames["facts_deployments"].filter(
        col("is_production") & (col("status") == "succeeded") & col("finished_at").is_not_null()
    )
    return (
        incidents.select("id", "repository_id", "began_at")
        .sort("began_at")
        .join_asof(
            deployments.select("repository_id", deployed_at="finished_at").sort("deployed_at"),
            left_on="began_at",
            right_on="deployed_at",
            by="repository_id",
            check_sortedness=False,
        )
        .filter(col("deployed_at").is_not_null())
        .select(col("id").alias("incident"), "deployed_at")
    )
