"""What lies behind lettering: plates of surfaces, flow-guided fills of moving pictures, trained fills."""
