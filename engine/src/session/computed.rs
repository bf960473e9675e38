//! Functions of DataFusion's that are computed another way: whatever planning asks of one is told by DataFusion's own.

use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::preimage::PreimageResult;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::sort_properties::{ExprProperties, SortProperties};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
};
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

/// How one is computed.
pub(super) trait Computes: fmt::Debug + Eq + Hash + Send + Sync + 'static {
    /// What it gives, as `own` would.
    fn compute(&self, own: &ScalarUDF, args: ScalarFunctionArgs) -> Result<ColumnarValue>;

    /// What a call is the same as, where that is another expression than a call of `own`.
    fn simplify(&self, _own: &ScalarUDF, args: Vec<Expr>, _info: &SimplifyContext) -> Result<ExprSimplifyResult> {
        Ok(ExprSimplifyResult::Original(args))
    }
}

/// The function `own`, computed by that.
pub(super) fn by(computes: impl Computes, own: Arc<ScalarUDF>) -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::from(Computed { own, computes }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Computed<C> {
    own: Arc<ScalarUDF>,
    computes: C,
}

impl<C: Computes> ScalarUDFImpl for Computed<C> {
    fn name(&self) -> &str {
        self.own.name()
    }

    fn aliases(&self) -> &[String] {
        self.own.aliases()
    }

    fn signature(&self) -> &Signature {
        self.own.signature()
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        internal_err!("{} tells its type by its arguments", self.own.name())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        self.own.return_field_from_args(args)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        self.computes.compute(&self.own, args)
    }

    fn simplify(&self, args: Vec<Expr>, info: &SimplifyContext) -> Result<ExprSimplifyResult> {
        self.computes.simplify(&self.own, args, info)
    }

    fn preimage(&self, args: &[Expr], literal: &Expr, info: &SimplifyContext) -> Result<PreimageResult> {
        self.own.preimage(args, literal, info)
    }

    fn output_ordering(&self, inputs: &[ExprProperties]) -> Result<SortProperties> {
        self.own.output_ordering(inputs)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.own.documentation()
    }
}
